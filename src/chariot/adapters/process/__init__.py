"""External programs: started without a shell, with a scrubbed environment, and ended with all their children."""
