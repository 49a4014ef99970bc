"""External programs as capabilities: declared as data, driven without a shell, read by the formats of imports."""
