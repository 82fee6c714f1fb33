"""Giving access to models and experiments, and turning a registry into a team's."""
