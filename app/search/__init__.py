"""One search for registered models, versions, experiments, runs and logged models.

A domain declares what can be searched, once, beside its tables, and hands the select that reads its
rows to a plan::

    EXPERIMENT, TAG = Experiment.__table__.c, ExperimentTag.__table__.c

    EXPERIMENTS = Entity(
        name="experiment",
        fields=(
            Attribute(("name",), EXPERIMENT.name),
            Attribute(("experiment_id",), EXPERIMENT.id, Kind.IDENTIFIER),
            Attribute(("creation_time",), EXPERIMENT.created_at, Kind.TIME),
            Keyed(("tags", "tag"), source=ExperimentTag.__table__, parent=EXPERIMENT.id,
                  child=TAG.experiment_id, key=TAG.key, value=TAG.value,
                  comparators=MATCHES | PRESENCE, sortable=False),
        ),
        default_order=("creation_time DESC", "experiment_id ASC"),
        ties=("experiment_id DESC",),
    )

    search = plan(EXPERIMENTS, filter=filter, order_by=order_by, page_token=page_token,
                  max_results=max_results, scope=[view])
    rows, next_token = search.fetch(EXPERIMENT_ROWS, ExperimentRow)

`EXPERIMENT_ROWS` is the domain's own select, always the same object, so that the search's statement is compiled once.

Columns are the tables' own (`Experiment.__table__.c.name`): those of a mapped class would bring the ORM's
machinery into every search. Those in an `Attribute` must be of tables that the domain's select reads
already; `Related` and `Keyed` bring their own. `plan` takes a filter as text or as a tree, so that pages
can use `free_text_query` or build one.

The parts are `grammar` (text to `tree`), `compiler` (tree to SQL, with `literals` and `like`), `ordering` (sorting
and where a page begins), `page_tokens`, and `plan`, which puts them together. `messages` explains what is wrong
with a filter.
"""

from app.search.fields import (
    EQUALITY,
    LISTS,
    MATCHES,
    PRESENCE,
    RANGES,
    Attribute,
    Entity,
    Keyed,
    Kind,
    Parent,
    Related,
)
from app.search.free_text import free_text_query
from app.search.grammar import parse_filter
from app.search.plan import Plan, plan

__all__ = [
    "EQUALITY",
    "LISTS",
    "MATCHES",
    "PRESENCE",
    "RANGES",
    "Attribute",
    "Entity",
    "Keyed",
    "Kind",
    "Parent",
    "Plan",
    "Related",
    "parse_filter",
    "plan",
    "free_text_query",
]
