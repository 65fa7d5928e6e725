"""Reading what is there: CIs, who says so, what stands beside them."""
