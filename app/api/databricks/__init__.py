"""Databricks' registry calls, which MLflow lacks."""
