"""What comes in and goes out by itself: files that were sent, trackers, code hosts, addresses to fetch from."""
