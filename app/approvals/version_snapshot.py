"""What a version is made of, so far as a decision about it goes: when that changes, the decision is void."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from app import artifacts
from app.core.errors import GreenroomError
from app.registry.queries import VersionRow
from app.stages import checks
from app.stages.definitions import StageRow
from app.stages.rules import Rule

MOST_FILES = 500

# The parts that are one value, and what is said when it is another.
_WORDS = {
    "source": "its source is another",
    "location": "its source is another",
    "storage": "its files lie elsewhere",
    "files": "its files have changed",
    "run": "its run is another",
    "description": "its description has changed",
}


_CHECKED = {None: "is gone", "pending": "is pending", "passed": "has passed", "failed": "has failed"}


def facts(
    row: VersionRow, present: StageRow, rule: Rule, states: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The version as it is now: where it comes from, its files, description, the tags that the rule names,
    the state of every check, and `present`, the stage it is in, which may be renamed meanwhile.

    Files are known by name, size and when they were last replaced, the first `MOST_FILES` of them; what
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


def text_of(row: VersionRow, present: StageRow, rule: Rule, states: Mapping[str, str] | None = None) -> str:
    """`facts` as one text, alike exactly when they are."""
    return json.dumps(facts(row, present, rule, states), sort_keys=True, separators=(",", ":"))


def token(text: str) -> str:
    """A short stand-in for `text_of`, for the hidden field of a form."""
    return _digest(text)


def differences(before: str, after: str) -> list[str]:
    """What of a version is not as it was, each as the end of a sentence; empty where nothing is."""
    if before == after:
        return []
    old, new = json.loads(before), json.loads(after)
    found = [words for part, words in _WORDS.items() if old.get(part) != new.get(part)]
    stage, new_stage = _stage(old), _stage(new)
    if stage[0] not in new_stage:
        found.append(f"it has moved from {stage[1]} to {new_stage[1]}")
    tags, new_tags = old.get("tags", {}), new.get("tags", {})
    found += [
        f"its tag {tag} has changed"
        for tag in sorted(tags.keys() | new_tags.keys())
        if tags.get(tag) != new_tags.get(tag)
    ]
    states, new_states = old.get("checks", {}), new.get("checks", {})
    found += [
        f"its check {name} {_CHECKED[new_states.get(name)]} (before: {states.get(name, 'not reported')})"
        for name in sorted(states.keys() | new_states.keys())
        if states.get(name) != new_states.get(name)
    ]
    return list(dict.fromkeys(found))


def _stage(facts: Mapping[str, Any]) -> list[Any]:
    """The key and the name of the stage; what was written when it was known by its name alone has that for both."""
    stage = facts.get("stage")
    return stage if isinstance(stage, list) else [stage, stage]


def _files(storage: str | None) -> str | None:
    if storage is None:
        return None
    try:
        store, path = artifacts.store(), artifacts.parse(storage)
        told = []
        for name, size in store.walk(path, MOST_FILES):
            opened = store.download(path.joined(name))
            opened.file.close()
            told.append((name, size, opened.tag))
    except (GreenroomError, OSError):
        return "unreadable"
    return _digest(json.dumps(told))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
