"""Text that a person typed into a form that failed: the error page shows it, so that it is not lost."""

from typing import NamedTuple

from flask import request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from app.http import addresses

# Fields that a form fills in itself, and parts of names of fields that nobody may be shown.
UNSHOWN = {"csrf_token", "seen", "seen_stage", "next", "once", "holder", "order"}
SECRET = ("password", "again", "secret", "token")
MAX_FIELDS = 40
MAX_SHORT = 80
# Bytes of a form that is too large to be used, but is still shown, so that its text is not lost.
MAX_SHOWN_BYTES = 4 * 1024 * 1024


class TypedField(NamedTuple):
    """A field as it was sent; a hidden one is sent again all the same."""

    id: str
    name: str
    label: str
    value: str
    is_shown: bool
    is_long: bool


def fields() -> list[TypedField]:
    """Returns the fields of the form in this request; none where another site sent it or it cannot be read."""
    if request.method != "POST" or request.headers.get("Origin", addresses.origin()) != addresses.origin():
        return []
    try:
        pairs = [pair for pair in _sent() if pair[0] != "csrf_token"][:MAX_FIELDS]
    except HTTPException:  # larger than anybody types, or cut off
        return []
    return [
        _typed_field(index, name, value) for index, (name, value) in enumerate(pairs) if not _is_secret(name)
    ]


def _sent() -> list[tuple[str, str]]:
    """Returns what was sent, although it may be more than one of our forms may hold."""
    try:
        return list(request.form.items(multi=True))
    except RequestEntityTooLarge:  # raised before any of the form was read
        request.max_content_length = request.max_form_memory_size = MAX_SHOWN_BYTES
        return list(request.form.items(multi=True))


def may_send_again() -> bool:
    """Returns whether the page may offer to send the form again: the browser says that a page of ours sent it.

    A form with a password in it is typed anew.
    """
    if request.headers.get("Origin") != addresses.origin():
        return False
    return bool(fields()) and not any(_is_secret(name) for name in request.form if name != "csrf_token")


def _typed_field(index: int, name: str, value: str) -> TypedField:
    is_shown = name not in UNSHOWN and bool(value.strip())
    label = name.replace("_", " ").replace("-", " ").strip().capitalize() or "Field"
    is_long = len(value) > MAX_SHORT or "\n" in value
    return TypedField(f"typed-{index}", name, label, value, is_shown, is_long)


def _is_secret(name: str) -> bool:
    return any(part in name.lower() for part in SECRET)
