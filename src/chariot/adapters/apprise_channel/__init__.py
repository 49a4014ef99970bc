"""Alerts through any service that the `apprise` library knows."""
