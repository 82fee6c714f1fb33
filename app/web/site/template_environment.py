"""What templates may use beside Jinja's own: filters, functions, and what the frame of every page shows."""

from collections.abc import Iterable

from flask import url_for
from markupsafe import Markup

from app.core import clock, mlflow_tags
from app.db import damage
from app.db.transactions import db
from app.http import addresses
from app.http.application import Greenroom
from app.http.approval_clauses import clause, differences
from app.tracking.run_children import MetricRow
from app.web.account import user_agents
from app.web.rendering import event_sentences, formats, markdown
from app.web.site import abilities, assets, navigation, system
from app.web.stages import colours
from app.web.versions import snippets


def install(app: Greenroom) -> None:
    """Adds the filters and functions to the templates, and the frame to every page."""
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        ago=formats.ago,
        at=formats.at,
        exactly=formats.exactly,
        duration=clock.duration,
        filesize=formats.filesize,
        number=formats.number,
        counted=formats.counted,
        python_string=snippets.python_string,
        shell_quoted=snippets.shell_quoted,
        outward=outward,
        clause=clause,
        differences=differences,
        given_tags=mlflow_tags.given_tags,
        user_tags=mlflow_tags.user_tags,
        markdown=markdown.to_page,
        first_line=markdown.first_line,
        legible=formats.legible,
        sentence=event_sentences.sentence,
        browser=user_agents.browser_name,
        level_name=abilities.level_name,
        stage_colour=colours.colour_of,
    )
    app.jinja_env.globals.update(
        asset_url=assets.asset_url,
        metric_rows=metric_rows,
        mlflow_tags=mlflow_tags,
        may=abilities.may,
        server_address=addresses.server,
        unknown_proxy=lambda: app.unknown_proxy,
        is_database_damaged=lambda: damage.is_noted(db.engine.url),
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
        "here": addresses.page(),
    }


def metric_rows(metrics: Iterable[MetricRow]) -> list[tuple[str, str]]:
    """Returns metrics as names and values to show, for a table of two columns."""
    return [(metric.key, formats.number(metric.value)) for metric in metrics]


def versions_url(name: str) -> str:
    """Returns the address of a model's version without the number at its end.

    A list has four versions a model, and `url_for` for each would take a sixth of its time.
    """
    return url_for("versions.show", name=name, number=0).removesuffix("0")


def outward(address: str) -> Markup:
    """Returns a link out of Greenroom where the address is a web page's, and the bare text of anything else."""
    if not address.lower().startswith(("http://", "https://")):
        return Markup("<code>{}</code>").format(address)
    return Markup('<a href="{0}" rel="nofollow noopener noreferrer">{0}</a>').format(address)
