"""Forms for names and passwords of accounts."""

from wtforms import BooleanField, PasswordField, StringField

from app.web.forms.base import Form
from app.web.models.forms import present
from app.web.sign_in.forms import NEW_PASSWORD, new_password, password_again

ACCOUNT_NAME = "Letters, digits and . _ @ + -; an e-mail address is fine. It can't be changed later."
AS_TYPED = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}


class FullNameForm(Form):
    full_name = StringField(
        "Full name", description="Optional. Shown next to the name.", render_kw={"autocomplete": "name"}
    )


class ChangePasswordForm(Form):
    current_password = PasswordField(
        "Current password", [present("the current password")], render_kw={"autocomplete": "current-password"}
    )
    password = new_password("New password")
    again = password_again("Repeat new password")


class NewServiceForm(Form):
    name = StringField("Name", [present("a name")], description=ACCOUNT_NAME, render_kw=AS_TYPED)
    full_name = StringField("What it is", description="Optional. Shown next to the name.", render_kw=AS_TYPED)


class NewAccountForm(Form):
    """A password is optional: an account without one waits for single sign-on, or for a password."""

    name = StringField("Name", [present("a name")], description=ACCOUNT_NAME, render_kw=AS_TYPED)
    full_name = StringField("Full name", description="Optional. Shown next to the name.", render_kw=AS_TYPED)
    password = PasswordField(
        "Password",
        description=f"{NEW_PASSWORD} Share it securely; they can change it under Profile.",
        render_kw={"autocomplete": "new-password"},
    )
    again = password_again()
    is_admin = BooleanField("Administrator: manages accounts, groups and permissions, and can do everything")


class SetPasswordForm(Form):
    password = new_password("New password")
    again = password_again("Repeat new password")
