"""What is kept for a moment: computed answers, and how often somebody asked."""
