"""Probes of TCP services, one file for each protocol or small family; `catalogue` lists them."""
