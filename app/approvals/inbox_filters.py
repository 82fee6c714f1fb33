"""Filters for the lists of the inbox."""

from typing import Any, NamedTuple

from sqlalchemy import ColumnElement

from app.core import clock
from app.registry import queries
from app.stages import definitions

MS_PER_DAY = 24 * 3600 * 1000


class Filters(NamedTuple):
    """A model's name, a stage's, who requested or mentioned, and the least age in days."""

    model: str | None = None
    stage: str | None = None
    person: str | None = None
    days: int | None = None

    def conditions(self, person: ColumnElement[Any], at: ColumnElement[Any]) -> list[ColumnElement[bool]]:
        """Returns the conditions for a statement whose columns `person` and `at` say who it was and when."""
        conditions: list[ColumnElement[bool]] = []
        if self.model:
            conditions.append(queries.MODEL.name == self.model)
        if self.stage:
            # Looked up here, since SQLite knows the two cases of ASCII letters alone; a removed one by its very name.
            known = definitions.Stages().get(self.stage.lower())
            conditions.append(queries.STAGE.name == (known.name if known else self.stage))
        if self.person:
            conditions.append(person == self.person)
        if self.days:
            conditions.append(at <= clock.now_ms() - self.days * MS_PER_DAY)
        return conditions


EVERYTHING = Filters()
