"""The forms of groups and their members."""

from wtforms import BooleanField, StringField, TextAreaField

from app.web.forms.accounts import AS_TYPED
from app.web.forms.base import Form, plain_lines
from app.web.models.forms import present


class GroupForm(Form):
    name = StringField(
        "Name", [present("a name")], description="Letters, digits and . _ @ + -", render_kw=AS_TYPED
    )
    description = TextAreaField(
        "What it is for", description="Optional.", filters=[plain_lines], render_kw={"rows": 3}
    )


class NewGroupForm(GroupForm):
    is_admin = BooleanField("Members are administrators")


class AddMemberForm(Form):
    account = StringField("Name of a person or service account", [present("a name")], render_kw=AS_TYPED)
