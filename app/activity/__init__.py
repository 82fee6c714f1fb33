"""Reads what happened: timelines, the audit log, recent activity."""
