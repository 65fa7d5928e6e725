"""Commands about vocabularies and policies, and the sweep that keeps to them."""
