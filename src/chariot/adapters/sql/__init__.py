"""What the SQL stores share: rows to values, cursors, and queries to SQL."""
