"""Markdown on pages: bounded in size and in time, and rendered once for each text.

Short texts are rendered in the worker itself; anything that could take long goes to a child process
that may work for three seconds. Its answers are kept as files in the instance's folder `rendered/`:
a page is read in a transaction that may not write, and files serve all workers and may be deleted.
"""

import contextlib
import functools
import hashlib
import os
import re
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from markupsafe import Markup

from app.http.application import current_greenroom
from app.web.rendering import markdown_renderer
from app.web.rendering.formats import shorten

MAX_CHARACTERS = 256 * 1024
# Within these the slowest known input takes about a tenth of a second.
SHORT = 2048
FEW_BRACKETS = 60
# Seconds: of processor time that a child may use, and that a page waits for it. Only a machine that is busy with
# other things takes longer than that.
WORK = 3
PATIENCE = 10.0

# A link or picture stands for its label; marks of code, emphasis and deletion for nothing.
_BLOCK = re.compile(
    r"\s*(?:#{1,6} |[>|]|[-*+] |\d{1,9}[.)] |```|~~~|-{2,}\s*$|={2,}\s*$)"
)  # begins another, or ends this
_MARKS = re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*\)|[*`]+|~~")

# Two hostile texts may be tried at once; a third at the same time is shown as plain text.
_children = threading.BoundedSemaphore(2)


def to_page(text: str | None) -> Markup:
    """Returns the text as safe HTML; as plain text between <pre> where it is too large, too deep or too slow."""
    if not text or not text.strip():
        return Markup("")
    # A lone surrogate cannot be written anywhere; the verbs let none in.
    text = text.encode("utf-8", "replace").decode()
    try:
        return _kept(text, str(current_greenroom().settings.instance / "rendered"))
    except _Busy:
        return as_plain(text)


class _Busy(Exception):
    """No child process could start, or finish, in time. An exception, so that the answer is not cached."""


def as_plain(text: str) -> Markup:
    """Returns the text as it was typed."""
    return Markup('<pre class="plain">{}</pre>').format(text)


@functools.lru_cache(maxsize=256)
def _kept(text: str, folder: str) -> Markup:
    if len(text) > MAX_CHARACTERS:
        return as_plain(text)
    is_quick = len(text) <= SHORT and text.count("[") <= FEW_BRACKETS
    if is_quick and not markdown_renderer.may_hold_formulas(text):
        return _rendered_here(text)
    return _rendered_once(text, Path(folder))


def _rendered_here(text: str) -> Markup:
    try:
        return Markup(markdown_renderer.to_html(text))  # noqa: S704 - what the sanitizer let through
    except RecursionError:
        return as_plain(text)


def _rendered_once(text: str, folder: Path) -> Markup:
    name = hashlib.sha256(f"{markdown_renderer.RENDERER}\0{text}".encode()).hexdigest()
    file = folder / f"{name}.html"
    with contextlib.suppress(OSError):
        return Markup(file.read_text("utf-8"))  # noqa: S704 - written below
    html = _rendered_by_child(text)
    if html is None:
        return as_plain(text)
    with contextlib.suppress(OSError):  # a full disk must not break the page
        _write(file, html)
    return Markup(html)  # noqa: S704 - what the sanitizer let through


def _rendered_by_child(text: str) -> str | None:
    """Returns HTML; None where the child exceeded its limits. Raises `_Busy` where the machine is too busy."""
    if not _children.acquire(timeout=WORK):
        raise _Busy
    try:
        # -P: the folder of the program has a module called markdown, too, which is not the one it imports.
        done = subprocess.run(  # noqa: S603 - our own program, the text goes in by a pipe
            [sys.executable, "-P", str(Path(markdown_renderer.__file__).resolve()), str(WORK)],
            input=text.encode(),
            capture_output=True,
            timeout=PATIENCE,
            check=True,
        )
        return done.stdout.decode()
    except subprocess.TimeoutExpired as error:
        raise _Busy from error
    except subprocess.CalledProcessError:
        return None
    finally:
        _children.release()


def _write(file: Path, html: str) -> None:
    file.parent.mkdir(mode=0o700, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(html)
    Path(name).replace(file)


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
