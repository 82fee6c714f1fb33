"""The operator's door."""

import click


@click.group()
def main() -> None:
    """Greenroom, a model registry for teams."""
