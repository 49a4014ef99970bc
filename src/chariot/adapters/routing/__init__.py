"""Several databases as one: an organisation with a database of its own lives there and nowhere else."""
