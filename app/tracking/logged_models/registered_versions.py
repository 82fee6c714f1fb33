"""The tag in which MLflow's clients look for the registered versions that were made of a logged model.

The server writes it, and readers of an experiment need not be readers of all these registered models:
each viewer is shown the versions of those that they may read.
"""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from app.authz import access_queries
from app.authz.viewer import viewer
from app.core.mlflow_tags import MODEL_VERSIONS


def _no_names(_names: Collection[str]) -> set[str]:
    return set()


# Which of these names of registered models the viewer may read: none, until the application says who knows
# (`app.registry.access.readable_names`), since the registry lies above this package.
readable_names: Callable[[Collection[str]], set[str]] = _no_names


def noted(tag: str | None) -> list[Any]:
    """Returns the versions in the tag; whoever wrote something else into it loses that."""
    try:
        made = json.loads(tag or "[]")
    except ValueError:
        return []
    return made if isinstance(made, list) else []


def is_hidden() -> bool:
    """Returns whether the viewer may not see all of such tags as they are, and so not search by them."""
    return not access_queries.MODELS.sees_all(viewer())


def shown_tags(of_models: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """Returns the tags of logged models as the viewer may see them, in one statement at most."""
    if not is_hidden():
        return list(map(dict, of_models))
    made = [noted(tags.get(MODEL_VERSIONS)) for tags in of_models]
    named = {name for versions in made for version in versions if (name := _name(version))}
    readable = readable_names(named)
    return [
        _with_versions(tags, [version for version in versions if _name(version) in readable])
        for tags, versions in zip(of_models, made, strict=True)
    ]


def _name(version: Any) -> str:
    name = version.get("name") if isinstance(version, dict) else None
    return name if isinstance(name, str) else ""


def _with_versions(tags: Mapping[str, str], versions: list[Any]) -> dict[str, str]:
    rest = {key: value for key, value in tags.items() if key != MODEL_VERSIONS}
    if versions:
        rest[MODEL_VERSIONS] = json.dumps(versions)
    return dict(sorted(rest.items()))
