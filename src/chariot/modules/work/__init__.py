"""Work: durable queues, the relay that feeds them from the change log, and the workers that empty them."""
