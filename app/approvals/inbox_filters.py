"""What narrows a list of the inbox down."""

from typing import Any, NamedTuple

from sqlalchemy import ColumnElement

from app.core import clock
from app.registry import queries
from app.stages import definitions

DAY = 24 * 3600 * 1000


class Filters(NamedTuple):
    """A model's name, a stage's, who asked or called, and the age in days at least."""

    model: str | None = None
    stage: str | None = None
    person: str | None = None
    days: int | None = None

    def conditions(self, person: ColumnElement[Any], at: ColumnElement[Any]) -> list[ColumnElement[bool]]:
        """What a statement asks for, whose columns `person` and `at` say who it was and when."""
        found: list[ColumnElement[bool]] = []
        if self.model:
            found.append(queries.MODEL.name == self.model)
        if self.stage:
            # Found here, since SQLite knows the two cases of ASCII letters alone; a removed one by its very name.
            known = definitions.Stages().get(self.stage.lower())
            found.append(queries.STAGE.name == (known.name if known else self.stage))
        if self.person:
            found.append(person == self.person)
        if self.days:
            found.append(at <= clock.now_ms() - self.days * DAY)
        return found


EVERYTHING = Filters()
