"""Registered models, their versions, stages, aliases and tags: the registry's rules."""
