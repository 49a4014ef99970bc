"""Intelligence: what is known about vulnerabilities, and which technologies they affect."""
