"""Aliases and tags that have rules, as stages have them."""
