"""Demonstration estates, written as estate files; they enter through ``import estate``."""
