"""People and teams: who is who, who owns what, what lost its owner."""
