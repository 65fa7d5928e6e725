"""Stores: what needs no server."""
