"""Logged models: a model as a training program made it, before any registration."""
