"""Changes as they happen, as server-sent events and over a WebSocket."""
