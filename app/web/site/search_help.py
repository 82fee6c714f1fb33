"""The page about the filter language, made from the same entities as the searches."""

from collections.abc import Iterator
from typing import NamedTuple

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.authz.permissions import Permission
from app.http.application import needs
from app.registry.search_fields import MODELS, VERSIONS
from app.search import Attribute, Entity, Keyed, Kind, Related
from app.tracking.search_fields import EXPERIMENTS, RUNS

blueprint = Blueprint("search_help", __name__)

ORDER = (
    "=",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "LIKE",
    "ILIKE",
    "CONTAINS",
    "IN",
    "NOT IN",
    "IS NULL",
    "IS NOT NULL",
)
HOLDS = {
    Kind.TEXT: "text",
    Kind.SPELT: "text",
    Kind.WHOLE: "a whole number",
    Kind.NUMBER: "a number",
    Kind.TIME: "a time",
    Kind.IDENTIFIER: "a number, in quotation marks",
}


class Section(NamedTuple):
    """One kind of thing: `examples` are filters and what they find, `notes` explain fields where the name does not."""

    id: str
    title: str
    entity: Entity
    examples: dict[str, str]
    notes: dict[str, str]


class Field(NamedTuple):
    """A field as a filter names it, what it holds, and which comparisons it takes."""

    name: str
    holds: str
    note: str
    comparators: list[str]
    sorts: list[str]


SECTIONS = (
    Section(
        "models",
        "Models",
        MODELS,
        {
            "name LIKE 'churn%' AND tags.team = 'risk'": "a team's models whose names start with “churn”",
            "stage = 'Production' AND NOT alias = 'champion'": "models in Production without the alias “champion”",
            "updated < '2026-01-01' OR description IS NULL": "not updated since then, or without a description",
        },
        {
            "stage": "of any of its versions",
            "alias": "of any of its versions",
            "any_tag": "each tag, written key=value",
            "author": "who created the model",
        },
    ),
    Section(
        "versions",
        "Versions",
        VERSIONS,
        {
            "stage = 'Staging' AND metrics.auc > 0.8": "versions in Staging with a higher AUC",
            "tags.validated = 'yes' AND created >= '2026-01-31'": "validated versions registered on that day or later",
            "alias IS NOT NULL OR author IN ('anna', 'ben')": "versions with an alias, or by one of two people",
        },
        {
            "name": "of the model",
            "any_tag": "each tag, written key=value",
            "author": "who registered the version",
            "source_path": "where its files came from",
            "metrics.<key>": "the last value in its run",
            "params.<key>": "of its run",
        },
    ),
    Section(
        "runs",
        "Runs",
        RUNS,
        {
            "metrics.auc > 0.8 AND params.max_depth = '9'": "runs with this metric and this parameter",
            "status = 'FAILED' AND start_time > '2026-01-31'": "runs that failed and started after that day",
            "datasets.name ILIKE '%sales%' OR tags.`mlflow.runName` LIKE 'try%'": "by data set or name",
        },
        {
            "metrics.<key>": "the last value",
            "user_id": "who created the run, according to the client",
            "datasets.context": "what it was used for, such as training",
        },
    ),
    Section(
        "experiments",
        "Experiments",
        EXPERIMENTS,
        {
            "name ILIKE '%churn%'": "experiments with “churn” in their name",
            "tags.team = 'risk' AND last_update_time > '2026-01-31'": "a team's experiments changed after that day",
        },
        {},
    ),
)


def fields(section: Section) -> Iterator[Field]:
    """Yields the fields that a filter of this section can name, in the order in which the entity declares them."""
    for field in section.entity.fields:
        for name, sorts in _names(field):
            comparators = [comparator for comparator in ORDER if comparator in field.allowed()]
            yield Field(name, HOLDS[field.kind], section.notes.get(name, ""), comparators, sorts)


def _names(field: Attribute | Related | Keyed) -> Iterator[tuple[str, list[str]]]:
    if isinstance(field, Keyed):
        name = f"{field.prefixes[0]}.<key>"
        yield name, [name] if field.sortable else []
    elif isinstance(field, Related):
        prefix = field.prefixes[0]
        yield (field.names[0] if prefix is None else f"{prefix}.{field.names[0]}"), []
    elif field.names:
        yield field.names[0], list(field.names if field.sorts is None else field.sorts)


@blueprint.get("/help/search")
@needs(Permission.MODELS_READ)
def show() -> ResponseReturnValue:
    """Shows the language of filters, and for each list what can be searched."""
    return render_template(
        "site/search_help.html", sections=[(section, list(fields(section))) for section in SECTIONS]
    )
