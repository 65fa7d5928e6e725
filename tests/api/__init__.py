"""The API in process, over a real embedded store."""
