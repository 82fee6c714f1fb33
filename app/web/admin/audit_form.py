"""The form that narrows the audit log down."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import DateField, Form, SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import Optional

from app.activity.log import LogFilter
from app.audit.recorder import Kind

# What the part of a kind before the dot is called on the page.
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
    "rights": "Permissions",
    "rule": "Stage rules",
    "run": "Runs",
    "stage": "Stages",
    "token": "Tokens",
    "version": "Versions",
}


def _choices() -> list[SelectChoice]:
    choices = [SelectChoice("", "Everything")]
    for subject in sorted({kind.value.partition(".")[0] for kind in Kind}):
        words = ABOUT.get(subject, subject.capitalize())
        choices.append(SelectChoice(subject, f"{words}: all", optgroup=words))
        choices += [
            SelectChoice(kind.value, kind.value.partition(".")[2].replace("_", " "), optgroup=words)
            for kind in Kind
            if kind.value.startswith(f"{subject}.")
        ]
    return choices


class _Day(DateField):
    """A day. Browsers without a calendar let people type anything."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError("Not a valid date. Write it as 2026-11-23.") from error


class LogForm(Form):
    """The filters of the log. It changes nothing and is sent with GET, so it has no token; days are those of UTC."""

    # The first characters of a token's secret work, too.
    actor = StringField(
        "User or token",
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )
    kind = SelectField("What", choices=_choices(), default="")
    model = StringField("Model", render_kw={"autocomplete": "off", "spellcheck": "false"})
    since = _Day("From", [Optional()])
    until = _Day("To", [Optional()])

    @classmethod
    def of(cls, args: Mapping[str, str]) -> "LogForm":
        """Returns the form as an address fills it, without characters that nobody types: an address may hold any."""
        return cls(MultiDict({key: "".join(filter(str.isprintable, value)) for key, value in args.items()}))

    def validate(self, *args, **kwargs) -> bool:
        """Returns whether the fields can be used. An unreadable day is not shown again: a date field cannot hold it."""
        is_good = super().validate(*args, **kwargs)
        for field in (self.since, self.until):
            if field.errors:
                field.raw_data = None
        return is_good

    def arguments(self) -> dict[str, Any]:
        """Returns the fields that are filled in, as they stand in an address."""
        values = {name: (field.raw_data or [""])[0].strip() for name, field in self._fields.items()}
        return {name: value for name, value in values.items() if value}

    def narrowed(self) -> LogFilter:
        """Returns what the log is asked for."""
        arguments = self.arguments()
        return LogFilter(
            by=arguments.get("actor"),
            model=arguments.get("model"),
            kinds=_kinds(arguments.get("kind", "")),
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
    except OverflowError:  # after the last day of the calendar
        return None
    return int(start.timestamp() * 1000)
