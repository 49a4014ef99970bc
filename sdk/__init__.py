"""Clients of the API, and what writes their generated parts."""
