"""The master key in a file of the data folder."""
