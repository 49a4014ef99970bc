"""Discovery: what may be looked at, which capability looks at it next, and the one way out."""
