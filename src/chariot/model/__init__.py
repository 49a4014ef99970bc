"""What exists: kinds, keys, relationships and observations; pure values that know nothing else."""
