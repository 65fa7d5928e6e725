"""Questions about loss: what is reached, hit, saved, and why."""
