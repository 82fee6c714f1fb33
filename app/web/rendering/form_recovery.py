"""What a person typed into a form that was answered with an error page: it is shown there, not lost."""

from typing import NamedTuple

from flask import request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

# What a form carries along for itself, and what nobody may be shown.
UNSHOWN = {"csrf_token", "seen", "seen_stage", "next", "once", "holder", "order"}
SECRET = ("password", "again", "secret", "token")
MOST = 40
SHORT = 80
# Bytes of a form that is larger than what a form may be, but still shown, so that its text is not lost.
LARGEST_SHOWN = 4 * 1024 * 1024


class Typed(NamedTuple):
    """A field as it was sent; one that is not shown is sent again all the same."""

    id: str
    name: str
    label: str
    value: str
    is_shown: bool
    is_long: bool


def fields() -> list[Typed]:
    """The fields of the form in this request; none where it was sent by another site or cannot be read."""
    if request.method != "POST" or request.headers.get("Origin", _here()) != _here():
        return []
    try:
        pairs = [pair for pair in _sent() if pair[0] != "csrf_token"][:MOST]
    except HTTPException:  # larger than anybody types, or torn
        return []
    return [_typed(place, name, value) for place, (name, value) in enumerate(pairs) if not _is_secret(name)]


def _sent() -> list[tuple[str, str]]:
    """What was sent, although it may be more than a form of ours may hold."""
    try:
        return list(request.form.items(multi=True))
    except RequestEntityTooLarge:  # which was said before any of it was read
        request.max_content_length = request.max_form_memory_size = LARGEST_SHOWN
        return list(request.form.items(multi=True))


def may_send_again() -> bool:
    """Whether the page may offer to send it once more: the browser says that a page of ours sent it.

    A form with a password in it is typed anew.
    """
    if request.headers.get("Origin") != _here():
        return False
    return bool(fields()) and not any(_is_secret(name) for name in request.form if name != "csrf_token")


def _typed(place: int, name: str, value: str) -> Typed:
    is_shown = name not in UNSHOWN and bool(value.strip())
    label = name.replace("_", " ").replace("-", " ").strip().capitalize() or "Field"
    is_long = len(value) > SHORT or "\n" in value
    return Typed(f"typed-{place}", name, label, value, is_shown, is_long)


def _is_secret(name: str) -> bool:
    return any(part in name.lower() for part in SECRET)


def _here() -> str:
    return request.host_url.rstrip("/")
