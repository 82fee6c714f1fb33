"""The forms that create, rename and delete a registered model."""

from wtforms import BooleanField, StringField, TextAreaField, ValidationError

from app.registry.names import MAX_MODEL_NAME_LENGTH
from app.web.forms.base import Form, plain_lines

NAME_RULE = (
    f"At most {MAX_MODEL_NAME_LENGTH} characters, none of them / or :. Clients load the model by this name."
)


def present(name: str):
    """Returns a validator that wants something typed; `name` says what."""

    def check(_form: Form, field: StringField) -> None:
        if not (field.data or "").strip():
            raise ValidationError(f"Give {name}.")

    return check


class CreateModelForm(Form):
    name = StringField(
        "Name",
        [present("a name")],
        description=NAME_RULE,
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    description = TextAreaField(
        "Description",
        description="Markdown. You can change it at any time.",
        filters=[plain_lines],
        render_kw={"rows": 8},
    )


class RenameModelForm(Form):
    new_name = StringField(
        "New name",
        [present("the new name")],
        description=NAME_RULE,
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    forwards = BooleanField("Clients can keep using the old name")


class ConfirmForm(Form):
    """A deletion, confirmed by typing the name, as a click is too easily made."""

    confirm = StringField(render_kw={"autocomplete": "off", "spellcheck": "false"})

    def __init__(self, expected: str, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.expected = expected
        self.confirm.label.text = "Enter the name to confirm"
        self.confirm.description = expected

    def validate_confirm(self, field: StringField) -> None:
        if (field.data or "").strip() != self.expected.strip():
            raise ValidationError(f"The name doesn't match. Enter “{self.expected}”, or cancel.")
