"""The network as capabilities see it: DNS, TCP, TLS and HTTP, each checked against the scope before it is sent."""
