"""What somebody may do, and what of a surface they may see."""
