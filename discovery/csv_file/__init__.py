"""CSV files of CIs and of relationships → observations."""
