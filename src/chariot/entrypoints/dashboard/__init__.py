"""The dashboard's files, in front of the API."""
