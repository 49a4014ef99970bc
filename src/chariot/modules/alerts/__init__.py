"""Alerts: rules that say when to tell whom, and the stage that tells them once."""
