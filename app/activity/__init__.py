"""What happened, told: timelines, the audit log, recent activity."""
