"""Issues in Jira."""
