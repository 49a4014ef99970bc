"""Queues on NATS JetStream."""
