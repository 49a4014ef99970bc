"""The command line against a server: the services of `chariot.entrypoints.cli.services`, over the client."""
