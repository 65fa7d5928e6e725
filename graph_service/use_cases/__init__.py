"""Requests → answers: what people and programs may ask for, joined from the parts below."""
