"""What templates may use beside Jinja's own: filters for times, sizes and numbers, and the page's frame."""

import math
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from flask import request, url_for
from markupsafe import Markup

from app.core import clock
from app.http.application import Greenroom
from app.tracking.run_children import MetricRow
from app.web.account import user_agents
from app.web.rendering import event_sentences, markdown
from app.web.site import abilities, assets, navigation, system
from app.web.stages import colours
from app.web.versions import snippets

_UNSEEN_SPACE = re.compile(r"^\s|\s$|(?<=\s)\s|\s(?=\s*$)")
UNITS = (
    (31_536_000_000, "year"),
    (2_592_000_000, "month"),
    (86_400_000, "day"),
    (3_600_000, "hour"),
    (60_000, "minute"),
)


def install(app: Greenroom) -> None:
    """Give the filters to the templates and the frame to every page."""
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        ago=ago,
        at=at,
        exactly=exactly,
        duration=clock.duration,
        filesize=filesize,
        number=number,
        counted=counted,
        python_string=snippets.python_string,
        shell_quoted=snippets.shell_quoted,
        outward=outward,
        own_tags=own_tags,
        by_key=by_key,
        markdown=markdown.to_page,
        first_line=markdown.first_line,
        spaced=spaced,
        sentence=event_sentences.sentence,
        browser=user_agents.called,
        level_name=abilities.level_name,
        stage_colour=colours.colour_of,
    )
    app.jinja_env.globals.update(
        asset_url=assets.asset_url,
        metric_rows=metric_rows,
        may=abilities.may,
        versions_url=versions_url,
        administration=navigation.ADMINISTRATION,
        without_accounts=navigation.WITHOUT_ACCOUNTS,
    )
    app.context_processor(_frame)


def _frame() -> dict[str, object]:
    return {
        "theme": system.theme(),
        "themes": system.THEMES,
        "navigation": navigation.items(),
        "person": abilities.person(),
        "is_personal": abilities.is_personal(),
        "here": request.full_path.rstrip("?") if request.method == "GET" else "/",
    }


def ago(milliseconds: int | None) -> Markup:
    """A moment told from now, with the exact one on hovering."""
    if milliseconds is None:
        return Markup("")
    moment = _utc(milliseconds)
    if moment is None:
        return Markup("<span>{}</span>").format(milliseconds)
    return _time(moment, exactly(milliseconds), _told(milliseconds))


def _told(milliseconds: int) -> str:
    distance = clock.now_ms() - milliseconds
    for unit, name in UNITS:
        if distance >= unit:
            return f"{counted(distance // unit, name)} ago"
        if -distance >= unit:
            # To the nearest: what was just said to be in 90 days is in 3 months, not in 2.
            return f"in {counted((unit // 2 - distance) // unit, name)}"
    return "just now"


def at(milliseconds: int | None) -> Markup:
    """A moment as 2026-11-23 09:15:02, of UTC, with how long ago that is on hovering."""
    if milliseconds is None or (moment := _utc(milliseconds)) is None:
        return Markup("")
    return _time(moment, _told(milliseconds), exactly(milliseconds).removesuffix(" UTC"))


def _time(moment: datetime, title: str, text: str) -> Markup:
    # All three are of our own making and hold nothing to escape, which would take a tenth of a list's time.
    iso = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return Markup(f'<time datetime="{iso}" title="{title}">{text}</time>')  # noqa: S704


def exactly(milliseconds: int | None) -> str:
    """A moment as 2026-11-23 09:15:02 UTC."""
    moment = None if milliseconds is None else _utc(milliseconds)
    return "" if moment is None else f"{moment.isoformat(' ', 'seconds').removesuffix('+00:00')} UTC"


def _utc(milliseconds: int) -> datetime | None:
    """None for what no calendar holds: clients may send any 64-bit number as a time."""
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def filesize(size: int | None) -> str:
    """A size in bytes as people read it: 812 B, 4.2 kB, 1.3 GB; powers of ten, as disks are sold."""
    if size is None:
        return ""
    if size < 1000:
        return f"{size} B"
    amount = float(size)
    for unit in ("kB", "MB", "GB", "TB"):
        amount /= 1000
        if amount < 999.5 or unit == "TB":
            return f"{amount:.3g} {unit}"
    raise AssertionError("unreachable")


def number(value: float) -> str:
    """A metric's value with at most six significant digits; whole parts up to 15 digits in full."""
    if math.isnan(value) or math.isinf(value):
        return str(value)
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    if 1e5 <= abs(value) < 1e15:
        return f"{value:,.1f}"
    return f"{value:.6g}"


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """`1 version`, `3 versions`."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def metric_rows(metrics: Iterable[MetricRow]) -> list[tuple[str, str]]:
    """Metrics as names and values to show, for a table of two columns."""
    return [(metric.key, number(metric.value)) for metric in metrics]


def spaced(name: str) -> str:
    """A name whose spaces at the ends, or beside others, are seen: `churn` and `churn ` are two models."""
    return _UNSEEN_SPACE.sub("\u2423", name)


def versions_url(name: str) -> str:
    """The address of a model's version but for the number, which it ends with.

    A list has four versions a model, and `url_for` for each would take a sixth of its time.
    """
    return url_for("versions.show", name=name, number=0).removesuffix("0")


def outward(address: str) -> Markup:
    """A link out of Greenroom where the address is a web page's, and the bare text of anything else."""
    if not address.lower().startswith(("http://", "https://")):
        return Markup("<code>{}</code>").format(address)
    return Markup('<a href="{0}" rel="nofollow noopener noreferrer">{0}</a>').format(address)


def own_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """The tags that people gave, without those that MLflow's clients keep for themselves."""
    return {key: value for key, value in tags.items() if not key.startswith("mlflow.")}


def by_key(metrics: Iterable[MetricRow]) -> dict[str, MetricRow]:
    """Metrics by their names."""
    return {metric.key: metric for metric in metrics}
