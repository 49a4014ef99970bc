"""Risk: which weaknesses stand where, how much each matters and why, and what becomes of it."""
