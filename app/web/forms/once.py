"""Forms that work once: sent a second time, by a reload, they do nothing."""

import secrets

from flask import session
from wtforms import HiddenField

from app.web.forms.base import Form

OPEN_FORMS = "once"
MAX_OPEN_FORMS = 8  # that a person has open at a time; the cookie has to hold their keys


class OnceForm(Form):
    """`once` is the key of this form, good until it is used."""

    once = HiddenField()

    def renew(self) -> None:
        """Gives the form that is about to be shown a key of its own."""
        self.once.data = secrets.token_urlsafe(9)
        session[OPEN_FORMS] = [*session.get(OPEN_FORMS, []), self.once.data][-MAX_OPEN_FORMS:]

    def is_first_time(self) -> bool:
        """Returns whether the form was not sent before, and takes it as sent from now on."""
        known = session.get(OPEN_FORMS, [])
        if self.once.data not in known:
            return False
        session[OPEN_FORMS] = [key for key in known if key != self.once.data]
        return True
