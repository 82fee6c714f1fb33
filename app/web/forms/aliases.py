"""The form that points an alias at a version."""

from wtforms import StringField, ValidationError

from app.web.forms.base import Form
from app.web.models.forms import present
from app.web.site.query_numbers import positive_number


class AliasForm(Form):
    id_prefix = "alias"

    alias = StringField(
        "Alias",
        [present("an alias")],
        description="Letters, digits, _ and -. An existing alias is moved to this version.",
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    version = StringField(
        "Version",
        description="Version number",
        render_kw={"inputmode": "numeric", "autocomplete": "off"},
    )

    def validate_version(self, field: StringField) -> None:
        number = positive_number((field.data or "").strip())
        if number is None or number >= 2**31:
            raise ValidationError("Enter the number of a version.")
        field.data = str(number)
