"""Commands about people, teams and what lost its owner."""
