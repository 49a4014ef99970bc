"""What was done, by whom, and how it ended: a log in which nothing can be changed unseen."""
