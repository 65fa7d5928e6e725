"""What people state by hand: tried out, written, many at once."""
