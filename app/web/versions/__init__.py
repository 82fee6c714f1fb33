"""The pages of model versions."""
