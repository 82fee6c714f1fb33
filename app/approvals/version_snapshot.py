"""A snapshot of what a decision about a version is based on: when that changes, the decision is void."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from app import artifacts
from app.core.errors import GreenroomError
from app.registry.queries import VersionRow
from app.stages import checks
from app.stages.definitions import StageRow
from app.stages.rules import EffectiveRule

MAX_FILES = 500

# The parts that are one value, and the sentence for a change of it.
_CHANGES = {
    "source": "the source changed",
    "location": "the source changed",
    "storage": "the files are stored elsewhere",
    "files": "the files changed",
    "run": "the run changed",
    "description": "the description changed",
}


_CHECK_STATES = {None: "was removed", "pending": "is pending", "passed": "has passed", "failed": "has failed"}


def facts(
    row: VersionRow, present: StageRow, rule: EffectiveRule, states: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Returns the version as it is now: where it comes from, its files, description, the tags that the rule names,
    the state of every check, and `present`, the stage it is in, which may be renamed later.

    Files are known by name, size and when they were last replaced, the first `MAX_FILES` of them; what
    lies outside of Greenroom's own store is known by its address alone. `states` are those of its
    checks, where they were read before.
    """
    return {
        "source": row.source,
        "location": row.location,
        "storage": row.storage,
        "run": row.run_uuid,
        "stage": [present.id, present.name],
        "files": _files(row.storage),
        "description": _digest(row.description or ""),
        "tags": {tag: row.tags.get(tag) for tag in rule.tags},
        "checks": dict(checks.states(row.id) if states is None else states),
    }


def text_of(
    row: VersionRow, present: StageRow, rule: EffectiveRule, states: Mapping[str, str] | None = None
) -> str:
    """Returns `facts` as one text; two are equal exactly when the facts are."""
    return json.dumps(facts(row, present, rule, states), sort_keys=True, separators=(",", ":"))


def token(text: str) -> str:
    """Returns a short stand-in for `text_of`, for the hidden field of a form."""
    return _digest(text)


def differences(before: str, after: str) -> list[str]:
    """Returns what has changed of a version, each as a clause ("the files changed"); empty where nothing has."""
    if before == after:
        return []
    old, new = json.loads(before), json.loads(after)
    changes = [clause for part, clause in _CHANGES.items() if old.get(part) != new.get(part)]
    old_id, old_name = _stage(old)
    new_id, new_name = _stage(new)
    if old_id not in (new_id, new_name):
        changes.append(f"it moved from {old_name} to {new_name}")
    tags, new_tags = old.get("tags", {}), new.get("tags", {})
    changes += [
        f"the tag {tag} changed"
        for tag in sorted(tags.keys() | new_tags.keys())
        if tags.get(tag) != new_tags.get(tag)
    ]
    states, new_states = old.get("checks", {}), new.get("checks", {})
    changes += [
        f"the check {name} {_CHECK_STATES[new_states.get(name)]} (before: {states.get(name, 'not reported')})"
        for name in sorted(states.keys() | new_states.keys())
        if states.get(name) != new_states.get(name)
    ]
    return list(dict.fromkeys(changes))


def _stage(facts: Mapping[str, Any]) -> list[Any]:
    """Returns the key and the name of the stage; older snapshots know it by its name alone, and have that for both."""
    stage = facts.get("stage")
    return stage if isinstance(stage, list) else [stage, stage]


def _files(storage: str | None) -> str | None:
    if storage is None:
        return None
    try:
        store, path = artifacts.store(), artifacts.parse(storage)
        files = []
        for name, size in store.walk(path, MAX_FILES):
            opened = store.download(path.joined(name))
            opened.file.close()
            files.append((name, size, opened.tag))
    except (GreenroomError, OSError):
        return "unreadable"
    return _digest(json.dumps(files))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
