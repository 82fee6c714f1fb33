"""Pointing an alias at a version."""

from wtforms import IntegerField, StringField, ValidationError

from app.web.forms.base import Form
from app.web.forms.models import present


class AliasForm(Form):
    id_prefix = "alias"

    alias = StringField("Alias", [present("an alias")],
                        description="Letters, digits, _ and -. It names one version; if it is in use, it moves here.",
                        render_kw={"autocomplete": "off", "spellcheck": "false"})  # fmt: skip
    version = IntegerField("Version", description="The number of the version it shall point at.",
                           render_kw={"inputmode": "numeric", "autocomplete": "off"})  # fmt: skip

    def validate_version(self, field: IntegerField) -> None:
        if field.data is None:
            # WTForms has said so already when something was typed that is no number.
            if not field.errors:
                raise ValidationError("Give the number of a version.")
        elif not 0 < field.data < 2**31:
            raise ValidationError("There is no version of that number.")
