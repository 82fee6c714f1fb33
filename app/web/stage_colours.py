"""Which colour a stage has: the pages paint it so wherever its name stands."""

from flask import g

from app.registry import stage_rows

UNKNOWN = "grey"  # a stage that was removed since


def colour_of(name: str) -> str:
    """The colour of the living stage of that name, one of `app.registry.models.COLOURS`."""
    if "stage_colours" not in g:
        g.stage_colours = {stage.name: stage.colour for stage in stage_rows.every()}
    return g.stage_colours.get(name, UNKNOWN)
