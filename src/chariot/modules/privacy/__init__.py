"""What is kept about people: told to them, erased when they ask, and forgotten when its time is over."""
