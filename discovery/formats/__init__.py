"""Documents → values with places: bounded, safe reading of what people and programs write."""
