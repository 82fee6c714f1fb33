"""What a version was when it held a stage, and what of it is another now: for whoever wants it back there."""

from collections.abc import Mapping
from typing import NamedTuple

import orjson
from sqlalchemy import bindparam, select

from app import manifests
from app.db.statements import Statement
from app.manifests.tables import PENDING, UNREADABLE
from app.registry import stage_spans
from app.registry.queries import VERSION, VersionRow
from app.registry.tables import ModelVersion, StageInterval
from app.stages.rules import EffectiveRule

_INTERVAL = StageInterval.__table__.c


class Held(NamedTuple):
    """What is known of the version when it came into the stage last; nothing where that was not written down."""

    content_key: str | None
    facts: str | None
    metrics: str | None


_LAST = Statement(
    select(_INTERVAL.content_key, _INTERVAL.facts, _INTERVAL.metrics)
    .where(_INTERVAL.version_id == bindparam("version_id"), _INTERVAL.stage_id == bindparam("of_stage"))
    .order_by(_INTERVAL.id.desc()),
    Held,
)
_METRICS_NOW = Statement(
    select(stage_spans.metrics_of(VERSION.id))
    .select_from(ModelVersion.__table__)
    .where(VERSION.id == bindparam("version_id"))
)


class Difference(NamedTuple):
    """A `part` that is another now: `files`, `source`, `run`, `description`, `metric` or `tag`, the last two by `name`.

    The part `unknown` stands for a version of which it was not written down what it was.
    """

    part: str
    name: str | None = None


UNKNOWN = Difference("unknown")


def differences(row: VersionRow, stage_id: int, rule: EffectiveRule) -> list[Difference]:
    """Returns what of the version is not as it was when it came into the stage last, as far as the rule counts it.

    Files, source, run and the run's metrics always count; the description and tags where the rule names them.
    """
    held = _LAST.first(version_id=row.id, of_stage=stage_id)
    content = manifests.of_version(row.id)
    if held is None or held.facts is None or held.content_key in (None, PENDING, UNREADABLE):
        return [UNKNOWN]
    changed = []
    if held.content_key != (content.key or content.reported_digest or content.state):
        changed.append(Difference("files"))
    then, now = orjson.loads(held.facts), stage_spans.facts_of(row)
    parts = ["source", "run", *(["description"] if rule.needs_description else [])]
    changed += [Difference(part) for part in parts if then[part] != now[part]]
    changed += [Difference("tag", tag) for tag in rule.tags if then["tags"].get(tag) != now["tags"].get(tag)]
    changed += _metrics(_read(held.metrics), _read(_METRICS_NOW.scalar(version_id=row.id)))
    return changed


def _metrics(then: Mapping[str, str], now: Mapping[str, str]) -> list[Difference]:
    return [
        Difference("metric", key) for key in sorted(then.keys() | now.keys()) if then.get(key) != now.get(key)
    ]


def _read(text: str | None) -> dict[str, str]:
    return orjson.loads(text) if text else {}
