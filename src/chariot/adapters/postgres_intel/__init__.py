"""Intelligence for processes on many machines: one copy in PostgreSQL, and a file at each that is kept the same."""
