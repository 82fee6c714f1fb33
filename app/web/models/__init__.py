"""The pages of registered models."""
