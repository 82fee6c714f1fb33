"""Signing in, and setting up a team."""

import hmac

from wtforms import BooleanField, HiddenField, PasswordField, StringField
from wtforms.validators import EqualTo, ValidationError

from app.accounts.passwords import MIN_LENGTH
from app.http.application import current_greenroom
from app.web.forms.base import Form
from app.web.models.forms import present

# Browsers and password managers recognize the fields by these names; they must not correct what is typed.
NAME_HELP = {"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}


class SignInForm(Form):
    """`next` is where the person was going."""

    name = StringField("User name", [present("your user name")], render_kw=NAME_HELP)
    password = PasswordField(
        "Password", [present("your password")], render_kw={"autocomplete": "current-password"}
    )
    next = HiddenField()


NEW_PASSWORD = f"At least {MIN_LENGTH} characters. A few unrelated words make a good password."


def new_password(label: str = "Password") -> PasswordField:
    """Returns the field for a password that somebody chooses."""
    return PasswordField(
        label, [present("a password")], description=NEW_PASSWORD, render_kw={"autocomplete": "new-password"}
    )


def password_again(label: str = "Repeat password") -> PasswordField:
    """Returns the field below `password` in which it is typed once more."""
    same = EqualTo("password", "The passwords don't match. Enter both again.")
    return PasswordField(label, [same], render_kw={"autocomplete": "new-password"})


class SetUpForm(Form):
    code = StringField(
        "Set-up code",
        [present("the set-up code")],
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
        description="Greenroom prints it when it starts. You need none to create the account in a shell on the server.",
    )
    name = StringField(
        "User name",
        [present("a name")],
        render_kw=NAME_HELP,
        description="You sign in with it. Letters, digits and . _ @ + -",
    )
    full_name = StringField(
        "Full name", description="Optional. Shown next to the name.", render_kw={"autocomplete": "name"}
    )
    password = new_password()
    again = password_again()
    everyone_reads = BooleanField("Everyone who signs in can read every model and experiment", default=True)

    def validate_code(self, field: StringField) -> None:
        """Raises `ValidationError` for another code than the one that the start printed."""
        if field.errors:
            return
        expected = current_greenroom().settings.set_up_code.replace("-", "")
        typed = "".join(letter for letter in (field.data or "").lower() if letter.isalnum())
        if not hmac.compare_digest(typed.encode(), expected.encode()):
            raise ValidationError("This isn't the set-up code.")
