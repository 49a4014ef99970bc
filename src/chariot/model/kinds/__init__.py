"""All kinds of entities, one declaration each."""
