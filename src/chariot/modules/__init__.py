"""What Chariot does: one folder a feature, each with the ports it needs and its service."""
