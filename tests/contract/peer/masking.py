"""Taking clocks and ids out of an answer, so that two servers' answers can be compared."""

import re
import time
from collections.abc import Mapping
from typing import Any

_DAY_MS = 86_400_000
_PATTERNS = (
    (re.compile(r"\bm-[0-9a-f]{32}\b"), "<logged model>"),
    (re.compile(r"(?<![0-9a-zA-Z-])[0-9a-f]{32}(?![0-9a-zA-Z])"), "<run>"),
    (re.compile(r"(?<=mlflow-artifacts:/)\d+(?=/|$)"), "<experiment>"),
)
# A server that is not told the name of a run or a logged model invents one: adjective-noun-number.
_INVENTED_NAME = re.compile(r"[a-z]+-[a-z]+-\d+\Z")
# A Python set in a sentence comes in whatever order this process hashes it.
_SET = re.compile(r"(?<=missing mandatory fields: \{)[^}]*(?=\})")
_TOKENS = ("next_page_token",)
# An experiment's id is a small number, which is looked for in these fields only.
_IDS = ("message",)
_TELLING = 8
# Lists that MLflow gives in whatever order its database has them.
_SORTED_BY = ("key", "alias", "model_id")


def masked(value: Any, variables: Mapping[str, str]) -> Any:
    """`value` without what no two servers share; `variables` are the ids that this server gave so far."""
    if isinstance(value, dict):
        return {key: _masked_field(key, one, variables) for key, one in _without_digest(value).items()}
    if isinstance(value, list):
        return _in_order([masked(one, variables) for one in value])
    if isinstance(value, int) and not isinstance(value, bool):
        return "<clock>" if abs(value - time.time() * 1000) < _DAY_MS else value
    if isinstance(value, str):
        return _masked_text(value, variables)
    return value


def _without_digest(value: dict) -> dict:
    """What MLflow would say of a version: Greenroom has one more tag for it, the digest of its files."""
    tags = value.get("tags")
    if not isinstance(tags, list):
        return value
    kept = [one for one in tags if not (isinstance(one, dict) and one.get("key") == "greenroom.digest")]
    if len(kept) == len(tags):
        return value
    rest = {key: one for key, one in value.items() if key != "tags"}
    return rest | {"tags": kept} if kept else rest


def _masked_field(key: str, value: Any, variables: Mapping[str, str]) -> Any:
    if key in _TOKENS and value:
        return "<token>"
    if key == "experiment_id" and value != "0":
        return "<experiment>"
    if key in ("run_name", "name") and isinstance(value, str) and _INVENTED_NAME.match(value):
        return "<invented name>"
    if isinstance(value, str) and key in _IDS:
        return _masked_text(value, variables, shortest=1)
    seen = masked(value, variables)
    # MLflow gives the newest version of each stage in the order in which its database finds the stages.
    if key == "latest_versions":
        return sorted(seen, key=lambda one: int(one["version"]))
    return seen


def by_number(body: Any) -> Any:
    """`get-latest-versions` answers in no order, as `latest_versions` does."""
    if isinstance(body, dict) and "model_versions" in body:
        return {**body, "model_versions": sorted(body["model_versions"], key=lambda one: int(one["version"]))}
    return body


def own(body: Any, prefix: str) -> Any:
    """A search's answer without what other sequences left behind, which a search for everything finds."""
    if not isinstance(body, dict):
        return body
    for found in ("registered_models", "model_versions", "experiments"):
        if isinstance(body.get(found), list):
            kept = [one for one in body[found] if str(one.get("name", "")).lower().startswith(prefix)]
            if len(kept) != len(body[found]):
                body = {key: one for key, one in body.items() if key not in (found, "next_page_token")}
                body |= {found: kept} if kept else {}
    return body


def _masked_text(text: str, variables: Mapping[str, str], shortest: int = _TELLING) -> str:
    for name, known in variables.items():
        if len(known) < shortest or name in ("p", "m", "M"):
            continue
        if text == known:
            return f"<{name}>"
        text = re.sub(rf"(?<![\w.-]){re.escape(known)}(?![\w.-])", f"<{name}>", text)
    for pattern, mask in _PATTERNS:
        text = pattern.sub(mask, text)
    return _SET.sub(lambda found: ", ".join(sorted(found[0].split(", "))), text)


def _in_order(items: list) -> list:
    for key in _SORTED_BY:
        if items and all(isinstance(one, dict) and isinstance(one.get(key), str) for one in items):
            return [_without_invented_name(one) for one in sorted(items, key=lambda one: _place(one, key))]
    if items and all(isinstance(one, str) for one in items):
        return sorted(items)
    return items


def _place(one: dict, key: str) -> tuple:
    return (one[key], *(str(one.get(name, "")) for name in ("step", "timestamp", "value", "version")))


def _without_invented_name(tag: dict) -> dict:
    if tag.get("key") == "mlflow.runName" and _INVENTED_NAME.match(tag.get("value", "")):
        return {**tag, "value": "<invented name>"}
    return tag
