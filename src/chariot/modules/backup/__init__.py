"""Backup and restore: one encrypted file that holds one consistent state of everything. See docs/backup.md."""
