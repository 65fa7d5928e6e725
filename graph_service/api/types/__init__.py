"""The shapes of the schema, in an order without cycles: a later module may name an earlier one."""
