"""What time does: values end, CIs grow stale and go."""
