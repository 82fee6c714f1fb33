"""How pages write times, sizes, numbers and long texts. The filters of the templates are these functions."""

import math
import re
import unicodedata
from datetime import datetime

from markupsafe import Markup

from app.core import clock
from app.core.numbers import is_finite

MINUS, PLUS_MINUS = "\u2212", "\u00b1"
DAY = 86_400_000  # milliseconds
UNITS = (
    (31_536_000_000, "year"),
    (2_592_000_000, "month"),
    (DAY, "day"),
    (3_600_000, "hour"),
    (60_000, "minute"),
)
_UNSEEN_SPACE = re.compile(r"^\s|\s$|(?<=\s)\s|\s(?=\s*$)|[^\S ]")
_WORD = re.compile(r"[^\W\d_]+")
# Drawn like letters of the Latin alphabet in most fonts, and what alphabet they are of.
_LATIN_LOOKALIKES = {
    "Cyrillic": frozenset("аеорсухіјѕһԁԛԝӏАВЕКМНОРСТУХІЈЅԌԚԜ"),
    "Greek": frozenset("ονΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"),
    "Armenian": frozenset("օսհ"),
}
# Letters and symbols by their category, which are blank all the same.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_SHAPING = "\u200c\u200d"


def ago(milliseconds: int | None) -> Markup:
    """Returns how long ago a moment was, with the exact one on hovering."""
    if milliseconds is None:
        return Markup("")
    moment = clock.utc(milliseconds)
    if moment is None:
        return Markup("<span>{}</span>").format(milliseconds)
    return _time_element(moment, exactly(milliseconds), _distance(milliseconds))


def _distance(milliseconds: int) -> str:
    distance = clock.now_ms() - milliseconds
    for unit, name in UNITS:
        if distance >= unit:
            return f"{counted(distance // unit, name)} ago"
        if -distance >= unit:
            # Rounded to the nearest: a token for 90 days expires in 3 months, not in 2.
            return f"in {counted((unit // 2 - distance) // unit, name)}"
    return "just now"


def at(milliseconds: int | None) -> Markup:
    """Returns a moment as 2026-11-23 09:15:02, of UTC, with how long ago it was on hovering."""
    if milliseconds is None or (moment := clock.utc(milliseconds)) is None:
        return Markup("")
    return _time_element(moment, _distance(milliseconds), exactly(milliseconds).removesuffix(" UTC"))


def _time_element(moment: datetime, title: str, text: str) -> Markup:
    # We made all three, so there is nothing to escape, which would take a tenth of a list's time.
    iso = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return Markup(f'<time datetime="{iso}" title="{title}">{text}</time>')  # noqa: S704


def exactly(milliseconds: int | None) -> str:
    """Returns a moment as 2026-11-23 09:15:02 UTC; nothing for none, or one outside of the calendar."""
    if milliseconds is None or clock.utc(milliseconds) is None:
        return ""
    return clock.utc_text(milliseconds)


def on_axis(milliseconds: int, span: int) -> str:
    """Returns a moment as an axis shows it that is `span` milliseconds long: the shorter, the finer."""
    moment = clock.utc(milliseconds)
    if moment is None:
        return str(milliseconds)
    if span > 8 * DAY:
        return f"{moment:%Y-%m-%d}"
    return f"{moment:%m-%d %H:%M}" if span > DAY // 100 else f"{moment:%H:%M:%S}"


def filesize(size: int | None) -> str:
    """Returns a size as people read it: 812 B, 4.2 kB, 1.3 GB; powers of ten, as disks are sold."""
    if size is None:
        return ""
    if size < 1000:
        return f"{size} B"
    amount = float(size)
    for unit in ("kB", "MB", "GB"):
        amount /= 1000
        if amount < 999.5:
            return f"{amount:.3g} {unit}"
    return f"{amount / 1000:.3g} TB"


def number(value: float) -> str:
    """Returns a metric's value with at most six significant digits; whole parts up to 15 digits in full."""
    if not is_finite(value):
        return "NaN" if math.isnan(value) else "\u221e" if value > 0 else f"{MINUS}\u221e"
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    if 1e5 <= abs(value) < 1e15:
        return f"{value:,.1f}"
    return f"{value:.6g}"


def signed(value: float) -> str:
    """Returns a difference with its sign, the minus as typographers set it."""
    sign = "+" if value > 0 else MINUS if value < 0 else PLUS_MINUS
    return f"{sign}{number(abs(value))}"


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """Returns `1 version`, `3 versions`."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def shorten(text: str, longest: int) -> str:
    """Returns the text, or its beginning and an ellipsis where it is longer than that."""
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def shorten_middle(text: str, longest: int) -> str:
    """Returns the text, or its beginning and end around an ellipsis: names tend to differ at their ends."""
    if len(text) <= longest:
        return text
    tail = longest // 3
    return f"{text[: longest - tail - 1]}…{text[-tail:]}"


def legible(name: str) -> str:
    """Returns a name as it can be told from others: `churn` and `churn ` are two models, and so are `ace` and `асе`.

    Spaces are visible at the ends or beside others, other spaces everywhere, what nobody sees is given as its code,
    and an alphabet that looks like the Latin one is named.
    """
    if name.isascii() and name.isprintable() and "  " not in name and name.strip() == name:
        return name  # as most are, in long lists
    alphabets = [
        alphabet
        for alphabet, letters in _LATIN_LOOKALIKES.items()
        if any(letters.issuperset(word) for word in _WORD.findall(name))
    ]
    shown = "".join(map(_visible, _UNSEEN_SPACE.sub("\u2423", name)))
    return f"{shown} ({', '.join(alphabets)})" if alphabets else shown


def _visible(char: str) -> str:
    unseen = char in _BLANK or (unicodedata.category(char) in ("Cc", "Cf") and char not in _SHAPING)
    return f"[U+{ord(char):04X}]" if unseen else char
