"""Narrowing the audit log down."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import DateField, Form, SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import Optional

from app.activity.log import Narrowed
from app.audit.recorder import Kind

# The part before the dot of a kind, in words for people.
ABOUT = {
    "access": "Refusals",
    "account": "Accounts",
    "alias": "Aliases",
    "check": "Checks",
    "comment": "Comments",
    "experiment": "Experiments",
    "group": "Groups",
    "model": "Models",
    "request": "Requests",
    "rights": "Rights",
    "rule": "Stage rules",
    "run": "Runs",
    "stage": "Stages",
    "token": "Tokens",
    "version": "Versions",
}


def _choices() -> list[SelectChoice]:
    found = [SelectChoice("", "Everything")]
    for about in sorted({kind.value.partition(".")[0] for kind in Kind}):
        words = ABOUT.get(about, about.capitalize())
        found.append(SelectChoice(about, f"{words}: all", optgroup=words))
        found += [
            SelectChoice(kind.value, kind.value.partition(".")[2].replace("_", " "), optgroup=words)
            for kind in Kind
            if kind.value.startswith(f"{about}.")
        ]
    return found


class _Day(DateField):
    """A day, which browsers without a calendar let people write as they like."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError("Not a valid date. Write it as 2026-11-23.") from error


class LogForm(Form):
    """It changes nothing and is sent with GET, hence without a token; days are those of UTC."""

    # How the secret of a token begins does, too.
    actor = StringField(
        "Who or which token",
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )
    kind = SelectField("What", choices=_choices(), default="")
    model = StringField("Model", render_kw={"autocomplete": "off", "spellcheck": "false"})
    since = _Day("From", [Optional()])
    until = _Day("To", [Optional()])

    @classmethod
    def of(cls, args: Mapping[str, str]) -> "LogForm":
        """The form as an address fills it, without what nobody types: an address may hold any character."""
        return cls(MultiDict({key: "".join(filter(str.isprintable, value)) for key, value in args.items()}))

    def validate(self, *args, **kwargs) -> bool:
        """Whether it can be asked so; a day that is none is not shown again, since a date field cannot hold it."""
        is_good = super().validate(*args, **kwargs)
        for field in (self.since, self.until):
            if field.errors:
                field.raw_data = None
        return is_good

    def asked(self) -> dict[str, Any]:
        """The fields that say something, as they stand in an address."""
        values = {name: (field.raw_data or [""])[0].strip() for name, field in self._fields.items()}
        return {name: value for name, value in values.items() if value}

    def narrowed(self) -> Narrowed:
        """What is asked of the log."""
        asked = self.asked()
        return Narrowed(
            by=asked.get("actor"),
            model=asked.get("model"),
            kinds=_kinds(asked.get("kind", "")),
            since=_midnight(self.since.data),
            until=_midnight(self.until.data, days=1),
        )


def _kinds(chosen: str) -> list[str] | None:
    if not chosen:
        return None
    return [kind.value for kind in Kind if kind.value == chosen or kind.value.startswith(f"{chosen}.")]


def _midnight(day: date | None, days: int = 0) -> int | None:
    if day is None:
        return None
    try:
        start = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=days)
    except OverflowError:  # after the last day that there is
        return None
    return int(start.timestamp() * 1000)
