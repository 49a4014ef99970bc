"""Requests to other systems: only to where the guard allows, bounded, and patient."""
