"""Stages: their list, their rules, and every move of a version between them."""
