"""Markdown to safe HTML in a process of its own. Imports nothing of the application, so that it starts quickly."""
