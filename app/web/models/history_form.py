"""The form that asks which version held each stage at some time."""

from collections.abc import Mapping

from werkzeug.datastructures import MultiDict
from wtforms import Form, StringField
from wtforms.validators import ValidationError

from app.core import clock


class MomentForm(Form):
    """It changes nothing and is sent with GET, so it has no token."""

    at = StringField(
        "Date",
        description="Date (end of day) or date and time, UTC: 2026-11-23 14:30",
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )

    @classmethod
    def of(cls, args: Mapping[str, str]) -> "MomentForm":
        """Returns the form as an address fills it, without characters that nobody types."""
        return cls(MultiDict({"at": "".join(filter(str.isprintable, args.get("at", ""))).strip()}))

    def validate_at(self, field: StringField) -> None:
        if field.data and self.moment() is None:
            raise ValidationError("Not a valid date. Write it as 2026-11-23 or as 2026-11-23 14:30.")

    def moment(self) -> int | None:
        """Returns the time in milliseconds; None where none was given, or none that can be read."""
        return clock.parse_moment(self.at.data or "")
