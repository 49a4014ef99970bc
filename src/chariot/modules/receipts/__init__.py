"""What was asked under a name of the caller's own, and what was answered: a repeat is done once."""
