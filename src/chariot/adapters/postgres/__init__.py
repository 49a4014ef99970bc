"""PostgreSQL: the entity store of many processes. See docs/postgres.md."""
