"""The pages of stages: their settings and their rules."""
