"""Code scanning on GitHub."""
