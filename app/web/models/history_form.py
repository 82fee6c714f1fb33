"""Asking what held each stage at some moment."""

from collections.abc import Mapping

from werkzeug.datastructures import MultiDict
from wtforms import Form, StringField
from wtforms.validators import ValidationError

from app.core import clock


class MomentForm(Form):
    """It changes nothing and is sent with GET, hence without a token."""

    at = StringField(
        "Moment",
        description="Date (end of day) or date and time, UTC: 2026-11-23 14:30",
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )

    @classmethod
    def of(cls, args: Mapping[str, str]) -> "MomentForm":
        """The form as an address fills it, without what nobody types."""
        return cls(MultiDict({"at": "".join(filter(str.isprintable, args.get("at", ""))).strip()}))

    def validate_at(self, field: StringField) -> None:
        if field.data and self.moment() is None:
            raise ValidationError("Not a valid date. Write it as 2026-11-23 or as 2026-11-23 14:30.")

    def moment(self) -> int | None:
        """The moment in milliseconds; None where none, or none that can be read, was given."""
        return clock.moment_of(self.at.data or "")
