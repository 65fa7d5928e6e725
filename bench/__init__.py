"""Measurements against peers; they print ratios, because machines differ."""
