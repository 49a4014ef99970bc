"""Asking third parties: keys, pace, refusals and memory, the same for all of them."""
