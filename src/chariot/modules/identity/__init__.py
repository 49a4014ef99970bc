"""Who asks: keys of programs."""
