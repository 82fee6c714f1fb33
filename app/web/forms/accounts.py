"""Names and passwords of accounts."""

from wtforms import PasswordField, StringField

from app.web.forms.base import Form
from app.web.forms.models import present
from app.web.forms.signing import new_password, password_again


class FullNameForm(Form):
    full_name = StringField("Full name", description="Optional; shown beside the name.",
                            render_kw={"autocomplete": "name"})  # fmt: skip


class ChangePasswordForm(Form):
    current_password = PasswordField("Current password", [present("the current password")],
                                     render_kw={"autocomplete": "current-password"})  # fmt: skip
    password = new_password("New password")
    again = password_again("The new password again")
