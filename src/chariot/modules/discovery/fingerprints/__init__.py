"""Recognise products and versions in what services say of themselves; docs/fingerprints.md tells the format."""
