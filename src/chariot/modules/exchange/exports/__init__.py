"""Exports: the surface in the formats of other tools, streamed, and the one file that brings all of it back."""
