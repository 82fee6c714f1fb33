"""Decides who may do what: actors, levels, permissions, and the conditions that reads carry."""
