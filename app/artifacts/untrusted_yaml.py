"""YAML that anybody may have written, read without believing any of it.

Built on the parser's events alone: no tag makes an object, no alias multiplies one (the "billion laughs"),
no scalar is turned into a number, date or other type that could cost more than its text.
"""

from typing import Any

import yaml

DEEPEST = 40
MOST_NODES = 50_000

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})


class Untrusted(ValueError):
    """The text is no YAML, or uses what is refused here; the message is the end of a sentence."""


def read_plain_yaml(text: str) -> Any:
    """The document's mappings, lists and texts; a plain null is None. Raises `Untrusted`."""
    tree = _Tree()
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            tree.take(event)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        if isinstance(error, Untrusted):
            raise
        raise Untrusted("is not valid YAML") from error
    return tree.document


class _Tree:
    """What the events so far amount to; open collections wait on a stack, with the key they read last."""

    def __init__(self) -> None:
        self.document: Any = None
        self._open: list[Any] = []
        self._keys: list[Any] = []
        self._nodes = 0

    def take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.AliasEvent):
            raise Untrusted("uses YAML aliases")
        if isinstance(event, yaml.CollectionEndEvent):
            self._open.pop()
            self._keys.pop()
        elif isinstance(event, yaml.NodeEvent):
            self._take_node(event)

    def _take_node(self, event: yaml.Event) -> None:
        self._nodes += 1
        if self._nodes > MOST_NODES or len(self._open) > DEEPEST:
            raise Untrusted("holds too much to be shown")
        if event.tag is not None and event.tag != "!":
            raise Untrusted("uses YAML tags")
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
            raise Untrusted("has a mapping key that is not text")


_NO_KEY = object()
