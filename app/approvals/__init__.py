"""Requests to move a version and their decisions, rollbacks, comments, notices and the inbox."""
