"""Alerts as signed HTTP requests."""
