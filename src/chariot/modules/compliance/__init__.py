"""Compliance: rules about the surface and about this installation, as data, judged with evidence."""
