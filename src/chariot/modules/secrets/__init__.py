"""Secrets: sealed before they reach a store, opened only where they are used."""
