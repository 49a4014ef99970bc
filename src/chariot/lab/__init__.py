"""A deterministic little internet on loopback, with its ground truth as data.

`world` holds the vocabulary, `perimeter` the world itself, `truth` what a scan of it must find; `score`
compares, and `server` runs it.
"""
