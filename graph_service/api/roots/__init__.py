"""The root fields, a module for each concern; ``api.schema`` joins them.

A module has the fields that read as ``…Queries`` and those that write as ``…Mutations``.
"""
