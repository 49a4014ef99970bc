"""A projection of the graph in Neo4j, or in another server that speaks Bolt and openCypher."""
