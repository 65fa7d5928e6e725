"""Compose files → observations: services, what they need to run, and whom they call."""
