"""The form that makes a model version of what a run has logged."""

from wtforms import SelectField, StringField, TextAreaField

from app.web.forms.base import Form, plain_lines
from app.web.models.forms import NAME_RULE, present


class RegisterForm(Form):
    """`source` offers the models that the run has logged."""

    source = SelectField("Model of this run", validate_choice=False)
    name = StringField(
        "Register as",
        [present("the name of a model")],
        description=f"Use an existing name to add a version, or a new name to create a model. {NAME_RULE}",
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    description = TextAreaField(
        "What is new in this version",
        description="Markdown. You can change it at any time.",
        filters=[plain_lines],
        render_kw={"rows": 5},
    )
