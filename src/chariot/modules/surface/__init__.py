"""The surface: observations become entities and changes; merge, history, diff, expiry and queries."""
