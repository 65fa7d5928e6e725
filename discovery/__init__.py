"""The world → observations: collectors read what others keep, and decide nothing about it."""
