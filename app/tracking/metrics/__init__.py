"""Metrics of runs: writing points, and reading the newest, the recent, all, or a sample."""
