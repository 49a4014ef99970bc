"""The Bus port in the database that is there already: nothing to install beside it."""
