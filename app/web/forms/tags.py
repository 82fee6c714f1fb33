"""The form for a tag of a model or a version."""

from wtforms import StringField

from app.web.forms.base import Form
from app.web.models.forms import present


class TagForm(Form):
    id_prefix = "tag"

    key = StringField(
        "Key",
        [present("a key")],
        description="Letters, digits, spaces and _ - . : /",
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    value = StringField(
        "Value",
        description="Can be empty. Replaces an existing value of the same key.",
        render_kw={"autocomplete": "off"},
    )
