"""Chariot: self-hosted attack surface management."""

__version__ = "0.1.0"
