"""What a filter means, as data: conditions on fields, joined by and, or and not.

`str()` of any node is filter text that parses back to an equal node, as long as no string in it holds
both kinds of quotation marks (the language, like MLflow's, has no way to write such a string).
Positions count characters from 0; `depth` is how deep a node is nested, `size` how many conditions it
holds. None of the three takes part in comparisons.
"""

from dataclasses import dataclass, field
from typing import TypeAlias

KEYWORDS = frozenset({"AND", "OR", "NOT"})

Value: TypeAlias = str | int | float | tuple[str | int | float, ...] | None


@dataclass(frozen=True, slots=True)
class Name:
    """A field as written: `key` alone is an attribute, `prefix.key` may be a tag, a metric and so on."""

    prefix: str | None
    key: str
    at: int = field(default=0, compare=False, repr=False)

    def __str__(self) -> str:
        key = self.key
        if not key.replace("_", "a").isalnum() or key.upper() in KEYWORDS:
            key = f'"{key}"' if "`" in key else f"`{key}`"
        return key if self.prefix is None else f"{self.prefix}.{key}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One condition; `operator` is upper case with single spaces, `value` is None for IS [NOT] NULL."""

    name: Name
    operator: str
    value: Value
    at: int = field(default=0, compare=False, repr=False)
    depth: int = field(default=1, init=False, compare=False, repr=False)
    size: int = field(default=1, init=False, compare=False, repr=False)

    def __str__(self) -> str:
        shown = "" if self.value is None else f" {_text(self.value)}"
        return f"{self.name} {self.operator}{shown}"


@dataclass(frozen=True, slots=True)
class _Join:
    parts: tuple["Node", ...]
    depth: int = field(init=False, compare=False, repr=False)
    size: int = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "depth", 1 + max((part.depth for part in self.parts), default=0))
        object.__setattr__(self, "size", sum(part.size for part in self.parts))


@dataclass(frozen=True, slots=True)
class And(_Join):
    """All parts hold; with no parts it always holds."""

    def __str__(self) -> str:
        return " AND ".join(_nested(part, And, Or) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Or(_Join):
    """At least one part holds."""

    def __str__(self) -> str:
        return " OR ".join(_nested(part, Or) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold; what is unknown (a missing value) does not hold either, so its Not does."""

    part: "Node"
    depth: int = field(init=False, compare=False, repr=False)
    size: int = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "depth", 1 + self.part.depth)
        object.__setattr__(self, "size", self.part.size)

    def __str__(self) -> str:
        return f"NOT {_nested(self.part, And, Or)}"


Node: TypeAlias = Comparison | And | Or | Not


@dataclass(frozen=True, slots=True)
class Order:
    """One entry of an order: a field and its direction."""

    name: Name
    ascending: bool = True


def _nested(node: Node, *in_brackets: type) -> str:
    return f"({node})" if isinstance(node, in_brackets) else str(node)


def _text(value: Value) -> str:
    if isinstance(value, tuple):
        return f"({', '.join(_text(item) for item in value)})"
    if isinstance(value, str):
        return f'"{value}"' if "'" in value else f"'{value}'"
    return repr(value)
