"""Exchange: what comes in from files, and what goes out as reports."""
