"""The graph of each organisation in this process, on plain arrays."""
