"""Reads YAML that anybody may have written, without trusting any of it.

Built on the parser's events alone: no tag makes an object, no alias multiplies one (the "billion laughs"),
no scalar is turned into a number, date or other type that could cost more than its text.
"""

from typing import Any

import yaml

MAX_DEPTH = 40
MAX_NODES = 50_000

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})


class RefusedYaml(ValueError):
    """The text is not YAML, or uses what is refused here; the message is the end of a sentence."""


def read_plain_yaml(text: str) -> Any:
    """Returns the document's mappings, lists and texts; a plain null is None. Raises `RefusedYaml`."""
    tree = _Tree()
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            tree.take(event)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        if isinstance(error, RefusedYaml):
            raise
        raise RefusedYaml("is not valid YAML") from error
    return tree.document


class _Tree:
    """The document that the events so far make; open collections wait on a stack, with their last key."""

    def __init__(self) -> None:
        self.document: Any = None
        self._open: list[Any] = []
        self._keys: list[Any] = []
        self._nodes = 0

    def take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.AliasEvent):
            raise RefusedYaml("uses YAML aliases")
        if isinstance(event, yaml.CollectionEndEvent):
            self._open.pop()
            self._keys.pop()
        elif isinstance(event, yaml.NodeEvent):
            self._take_node(event)

    def _take_node(self, event: yaml.Event) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES or len(self._open) > MAX_DEPTH:
            raise RefusedYaml("holds too much to be shown")
        if event.tag is not None and event.tag != "!":
            raise RefusedYaml("uses YAML tags")
        if isinstance(event, yaml.ScalarEvent):
            self._put(None if not event.style and event.value in _NULLS else event.value)
            return
        collection: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
        self._put(collection)
        self._open.append(collection)
        self._keys.append(_NO_KEY)

    def _put(self, value: Any) -> None:
        if not self._open:
            self.document = value
        elif isinstance(self._open[-1], list):
            self._open[-1].append(value)
        elif self._keys[-1] is not _NO_KEY:
            self._open[-1][self._keys[-1]] = value
            self._keys[-1] = _NO_KEY
        elif isinstance(value, (str, type(None))):
            self._keys[-1] = value or ""
        else:
            raise RefusedYaml("has a mapping key that is not text")


_NO_KEY = object()
