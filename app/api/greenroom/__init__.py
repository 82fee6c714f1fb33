"""Greenroom's own calls."""
