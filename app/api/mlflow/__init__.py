"""MLflow's calls."""
