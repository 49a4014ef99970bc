"""What several formats share: safe streaming readers."""
