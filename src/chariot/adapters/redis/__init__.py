"""The shared cache and the shared token buckets on Redis."""
