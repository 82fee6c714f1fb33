"""What every form has: it shows what a verb refused beside its fields."""

import hashlib
from collections.abc import Callable
from typing import Any

from flask_wtf import FlaskForm

from app.core.errors import (
    AlreadyExists,
    InvalidParameter,
    InvalidState,
    NotFound,
    PermissionDenied,
    StaleState,
)
from app.db.transactions import db
from app.web.error_sentences import sentence


class Form(FlaskForm):
    """A form of the pages.

    Fields check what only a form can get wrong (a name left out, a name mistyped to confirm); rules of
    the registry are its verbs' own, and `attempt` puts their sentences beside the fields.
    """

    # Ids are per form, so that several of them fit on one page.
    id_prefix = ""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        for field in self:
            if self.id_prefix and field.name != "csrf_token":
                field.id = field.label.field_id = f"{self.id_prefix}-{field.name}"

    def attempt(self, verb: Callable[[], Any], *, names: str | None = None) -> bool:
        """Runs the verb and returns True; False when it refused, with the reason in the form and nothing changed.

        `names` is the field by which the person named an object that must exist. Errors that no field
        can mend (a lost object, a permission that is missing whatever is typed) go on to the error pages.
        """
        try:
            verb()
        except (InvalidParameter, AlreadyExists, InvalidState) as error:
            db.session.rollback()
            self.refuse(sentence(error), field=error.field)
            return False
        except NotFound as error:
            if names is None:
                raise
            db.session.rollback()
            self.refuse(sentence(error), field=names)
            return False
        except PermissionDenied as error:
            if error.field is None or error.field not in self:
                raise
            db.session.rollback()
            self.refuse(sentence(error), field=error.field)
            return False
        except StaleState as error:
            db.session.rollback()
            self.find_stale(sentence(error))
            return False
        return True

    is_stale = False

    def find_stale(self, message: str = "Someone changed this while you were editing. See below.") -> None:
        """Says that the object has changed since the person opened the form."""
        self.is_stale = True
        self.refuse(message)

    def refuse(self, message: str, *, field: str | None = None) -> None:
        """Puts an error beside the field of that name, or above the form where there is none."""
        if field is not None and field in self:
            self[field].errors = [*self[field].errors, message]
        else:
            self.form_errors.append(message)

    @property
    def status(self) -> int:
        """The HTTP status of a page that shows this form again."""
        if self.is_stale:
            return 409
        return 422 if self.errors else 200


def digest(text: str | None) -> str:
    """Returns what stands for a text in a hidden field, as browsers change the line breaks of the text itself."""
    return hashlib.sha256((text or "").encode("utf-8", "replace")).hexdigest()


def plain_lines(text: str | None) -> str | None:
    """Returns the text with LF as line breaks, as programs write them; browsers send CR LF."""
    return text.replace("\r\n", "\n") if text else text
