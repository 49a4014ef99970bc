"""Readers of other tools' files, one file each; `chariot.format` is their contract."""
