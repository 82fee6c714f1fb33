"""Stages: the list of them, their rules, and every move of a version between them."""
