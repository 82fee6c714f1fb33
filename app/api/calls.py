"""Every module that declares calls; importing this one declares them all."""

from app.api import artifacts, experiments, metrics, runs, server  # noqa: F401
