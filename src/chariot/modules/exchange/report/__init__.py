"""The report: what is exposed, what is wrong with it, what to fix first, and what nobody could look at."""
