"""GraphQL over the same services as REST. Imported at the first request: the library takes a while."""
