"""A snapshot of what a decision about a version is based on: when that changes, the decision is void."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app import manifests
from app.manifests import VersionManifest
from app.manifests.tables import PENDING, UNREADABLE
from app.registry import version_runs
from app.registry.queries import VersionRow
from app.stages import checks
from app.stages.definitions import StageRow
from app.stages.rules import EffectiveRule

# The facts that are one value, and the part of the version that changed where they differ.
_PARTS = {
    "source": "source",
    "location": "source",
    "storage": "storage",
    "run": "run",
    "description": "description",
}


@dataclass(frozen=True)
class PartChanged:
    """The `part` of the version, one of `source`, `storage`, `files`, `run` and `description`, is another now.

    The part `digest` stands for files that had none then, and `metrics` for more metrics of the run than are named.
    """

    part: str


@dataclass(frozen=True)
class StageChanged:
    """The version moved to another stage; both are names."""

    before: str
    after: str


@dataclass(frozen=True)
class TagChanged:
    """A tag that the rule names was set, changed or removed."""

    tag: str


@dataclass(frozen=True)
class CheckChanged:
    """A check has another state; None where nobody had reported it, or it was removed."""

    check: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class MetricChanged:
    """The last value of a metric of the version's run is another, as text; None where there was, or is, none."""

    metric: str
    before: str | None
    after: str | None


Change = PartChanged | StageChanged | TagChanged | CheckChanged | MetricChanged

# Metrics whose values a snapshot has, so that a change can be named; of others it has a digest of all.
MAX_METRICS = 200
MAX_METRICS_NAMED = 5  # in one list of changes


# What stands for the files of a version without a digest; in snapshots of old, nothing did.
_WITHOUT_DIGEST = (None, PENDING, UNREADABLE)


def facts(
    row: VersionRow,
    present: StageRow,
    rule: EffectiveRule,
    states: Mapping[str, str] | None = None,
    content: VersionManifest | None = None,
    metrics: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Returns the version as it is now: where it comes from, its files, description, the last metrics of its run, the
    tags that the rule names, the state of every check, and `present`, the stage it is in, which may be renamed later.

    Files are known by the key of their manifest; what lies outside of Greenroom's own store is known by its address,
    and by the digest that somebody reports of it. `states` are those of its checks, `content` is what is known of its
    files and `metrics` are those of its run (`app.registry.version_runs`), where they were read before.
    """
    metrics = version_runs.last_metrics([row.id])[row.id] if metrics is None else metrics
    content = manifests.of_version(row.id) if content is None else content
    return {
        "source": row.source,
        "location": row.location,
        "storage": row.storage,
        "run": row.run_uuid,
        "stage": [present.id, present.name],
        "content": content.key or content.reported_digest or content.state,
        "description": _digest(row.description or ""),
        "tags": {tag: row.tags.get(tag) for tag in rule.tags},
        "checks": dict(checks.states(row.id) if states is None else states),
        "metrics": _metrics(metrics),
    }


def _metrics(metrics: Mapping[str, str]) -> dict[str, Any]:
    named = dict(sorted(metrics.items())[:MAX_METRICS])
    return {"named": named, "all": _digest(json.dumps(metrics, sort_keys=True)) if metrics else ""}


def text_of(
    row: VersionRow,
    present: StageRow,
    rule: EffectiveRule,
    states: Mapping[str, str] | None = None,
    content: VersionManifest | None = None,
    metrics: Mapping[str, str] | None = None,
) -> str:
    """Returns `facts` as one text; two are equal exactly when the facts are."""
    found = facts(row, present, rule, states, content, metrics)
    return json.dumps(found, sort_keys=True, separators=(",", ":"))


def token(text: str) -> str:
    """Returns a short stand-in for `text_of`, for the hidden field of a form."""
    return _digest(text)


def differences(before: str, after: str) -> list[Change]:
    """Returns what has changed between two snapshots of a version, each change once; empty where nothing has."""
    if before == after:
        return []
    old, new = json.loads(before), json.loads(after)
    changes: list[Change] = [
        PartChanged(part) for fact, part in _PARTS.items() if old.get(fact) != new.get(fact)
    ]
    if old.get("content") != new.get("content"):
        changes.append(PartChanged("digest" if old.get("content") in _WITHOUT_DIGEST else "files"))
    old_id, old_name = _stage(old)
    new_id, new_name = _stage(new)
    if old_id not in (new_id, new_name):
        changes.append(StageChanged(old_name, new_name))
    tags, new_tags = old.get("tags", {}), new.get("tags", {})
    changes += [
        TagChanged(tag) for tag in sorted(tags.keys() | new_tags.keys()) if tags.get(tag) != new_tags.get(tag)
    ]
    states, new_states = old.get("checks", {}), new.get("checks", {})
    changes += [
        CheckChanged(name, states.get(name), new_states.get(name))
        for name in sorted(states.keys() | new_states.keys())
        if states.get(name) != new_states.get(name)
    ]
    changes += _changed_metrics(old.get("metrics") or _metrics({}), new.get("metrics") or _metrics({}))
    return list(dict.fromkeys(changes))


def _changed_metrics(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """Returns which metrics changed, the first few by name. Snapshots from before metrics were kept have none."""
    if old["all"] == new["all"]:
        return []
    before, after = old["named"], new["named"]
    changed: list[Change] = [
        MetricChanged(name, before.get(name), after.get(name))
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    ]
    return (
        changed
        if 0 < len(changed) <= MAX_METRICS_NAMED
        else [*changed[:MAX_METRICS_NAMED], PartChanged("metrics")]
    )


def _stage(facts: Mapping[str, Any]) -> list[Any]:
    """Returns the key and the name of the stage; older snapshots know it by its name alone, and have that for both."""
    stage = facts.get("stage")
    return stage if isinstance(stage, list) else [stage, stage]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
