"""Markdown on pages: bounded in size and in time, and rendered once for each text.

Very short texts are rendered in the worker itself; all others by child processes (`app.markup`) within a limit of
processor time. Their answers, also that a text exceeds its limit, are kept as files in the instance's folder
`rendered/`: a page is read in a transaction that may not write, and files serve all workers and may be deleted.

All texts of a page together may keep it waiting for a second. What is not rendered by then is shown as it was typed,
and rendered nevertheless: the next page has it.
"""

import contextlib
import functools
import hashlib
import re
import time
from pathlib import Path

from flask import g, has_request_context
from markupsafe import Markup

from app.core import blocking
from app.http.application import current_actor, current_greenroom
from app.markup import markdown_renderer
from app.settings import quotas
from app.web.rendering import kept_renderings
from app.web.rendering.formats import shorten
from app.web.rendering.rendering_queue import Job, RenderingQueue

MAX_CHARACTERS = 256 * 1024
# Within these the slowest known input takes about a hundredth of a second.
SHORT = 512
FEW_BRACKETS = 60
# What a page waits for its texts, in seconds, and whoever else asks for one.
PAGE_SECONDS = 1.0
PATIENCE = 60.0

# A link or picture stands for its label; marks of code, emphasis and deletion for nothing.
_BLOCK = re.compile(
    r"\s*(?:#{1,6} |[>|]|[-*+] |\d{1,9}[.)] |```|~~~|-{2,}\s*$|={2,}\s*$)"
)  # begins another, or ends this
_MARKS = re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*\)|[*`]+|~~")

QUOTA_USED = Markup(
    '<p class="aside">Shown as plain text, since too many texts were rendered for you in the last minute.</p>'
)
MEDIUM = 8192  # characters up to which a text goes by the first of two ways
_rendered_for_accounts = kept_renderings.MinuteCounts()
_medium_texts = RenderingQueue(seconds=0.5, max_line=16)
_long_texts = RenderingQueue(seconds=3, max_line=1)


def to_page(text: str | None) -> Markup:
    """Returns the text as safe HTML; as plain text between <pre> where it is too large, too deep or too slow."""
    if not text or not text.strip():
        return Markup("")
    # A lone surrogate cannot be written anywhere; the verbs let none in.
    text = text.encode("utf-8", "replace").decode()
    if len(text) > MAX_CHARACTERS:
        return as_plain(text)
    try:
        if _is_quick(text):
            return _rendered_here(text)
        return _rendered_once(text, str(current_greenroom().settings.instance / "rendered"))
    except _QuotaUsed:
        return as_plain(text) + QUOTA_USED
    except _NotYet:
        return as_plain(text)


def prepare(text: str) -> None:
    """Begins to render a text that was just written, so that nobody has to wait for it who reads it."""
    if text.strip() and len(text) <= MAX_CHARACTERS and not _is_quick(text):
        folder = current_greenroom().settings.instance / "rendered"
        file = _file_of(text, folder)
        if not file.exists():
            with contextlib.suppress(_QuotaUsed):
                _submit(text, file)


class _NotYet(Exception):
    """The text is not rendered so far. An exception, so that the answer is not cached."""


class _QuotaUsed(_NotYet):
    """As many texts were rendered for the account in this minute as its quota allows."""


def as_plain(text: str) -> Markup:
    """Returns the text as it was typed."""
    return Markup('<pre class="plain">{}</pre>').format(text)


def _is_quick(text: str) -> bool:
    return (
        len(text) <= SHORT
        and text.count("[") <= FEW_BRACKETS
        and not markdown_renderer.may_hold_formulas(text)
        and not markdown_renderer.may_hold_code(text)
    )


@functools.lru_cache(maxsize=512)
def _rendered_here(text: str) -> Markup:
    if not _seconds_left():
        raise _NotYet
    began = time.monotonic()
    try:
        return Markup(markdown_renderer.to_html(text))  # noqa: S704 - what the sanitizer let through
    except RecursionError:
        return as_plain(text)
    finally:
        _spend(time.monotonic() - began)
        if give_way := blocking.give_way_callback():
            give_way()  # a page may show hundreds of such texts


@functools.lru_cache(maxsize=256)
def _rendered_once(text: str, folder: str) -> Markup:
    file = _file_of(text, Path(folder))
    html = kept_renderings.read(file)
    if html is None:
        html = _rendered_by_child(text, file)
    return Markup(html) if html else as_plain(text)  # noqa: S704 - what the sanitizer let through


def _file_of(text: str, folder: Path) -> Path:
    digest = hashlib.sha256(f"{markdown_renderer.RENDERER}\0{text}".encode()).hexdigest()
    return folder / f"{digest}.html"


def _rendered_by_child(text: str, file: Path) -> str:
    """Returns HTML; nothing where the text exceeds its limits. Raises `_NotYet` where it takes too long for now."""
    job, is_worthwhile = _submit(text, file)
    if job is None:
        raise _NotYet
    if is_worthwhile or not has_request_context():
        began = time.monotonic()
        job.done.wait(_seconds_left())
        _spend(time.monotonic() - began)
    if job.result is None:
        raise _NotYet
    return job.result


def _submit(text: str, file: Path) -> tuple[Job | None, bool]:
    """Returns the job that renders the text. Raises `_QuotaUsed` where the account has had enough for this minute."""
    quota = quotas.current()
    account_id = current_actor().account_id if has_request_context() else None
    if account_id is not None and not _rendered_for_accounts.take(account_id, quota.renderings_per_account):
        raise _QuotaUsed
    queue = _medium_texts if len(text) <= MEDIUM else _long_texts
    return queue.submit(
        file.name, text, functools.partial(kept_renderings.write, file, most=quota.renderings_kept)
    )


def _seconds_left() -> float:
    """Returns how long the present page may still wait for its texts."""
    return max(0.0, PAGE_SECONDS - g.get("rendering_seconds", 0.0)) if has_request_context() else PATIENCE


def _spend(seconds: float) -> None:
    if has_request_context():
        g.rendering_seconds = g.get("rendering_seconds", 0.0) + seconds


def first_line(text: str | None, longest: int = 140) -> str:
    """Returns the first heading or paragraph with text, on one line without Markdown marks, for lists."""
    first = ""
    for line in (text or "")[:4000].splitlines():
        if first and (not line.strip() or _BLOCK.match(line)):
            break
        bare = _MARKS.sub(r"\1", line).lstrip("#*>_-= \t").rstrip("#*_-= \t")
        first = f"{first} {bare}" if first and bare else first or bare
        if len(first) > longest or (first and line.startswith("#")):
            break
    return shorten(first, longest)
