"""Rows of the domain as MLflow spells them in JSON."""
