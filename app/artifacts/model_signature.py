"""Turns a model's signature, the JSON in its MLmodel file, into rows to show."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

MAX_FIELDS = 2_000
_MAX_DEPTH = 12
_MAX_LENGTH = 400  # characters of a type or default


class SignatureField(NamedTuple):
    """One input, output or parameter; `name` is empty where the model goes by position."""

    name: str
    type: str
    required: bool
    shape: str | None = None
    default: str | None = None


def read_fields(text: Any) -> list[SignatureField]:
    """Returns the rows of one part of a signature; none where the model declares nothing.

    Raises `ValueError` for anything that is not a signature.
    """
    if text is None:
        return []
    if not isinstance(text, str):
        raise ValueError("a signature is JSON in a text")
    try:
        items = json.loads(text)
    except RecursionError as error:
        raise ValueError("the signature is nested too deeply") from error
    if items is None:
        return []
    if not isinstance(items, list) or len(items) > MAX_FIELDS:
        raise ValueError("a signature is a list of not too many fields")
    return [_field(item) for item in items]


def _field(item: Any) -> SignatureField:
    if not isinstance(item, dict):
        raise ValueError("a field of a signature is an object")
    default = item.get("default")
    return SignatureField(
        name=_cut(str(item.get("name") or "")),
        type=_cut(_type_text(item, 0)),
        required=_is_required(item) and "default" not in item,
        shape=_shape_text(item),
        default=None if "default" not in item else _cut(json.dumps(default, ensure_ascii=False)),
    )


def _is_required(item: Mapping[str, Any]) -> bool:
    # Before MLflow 2.10 a column said `optional`.
    return bool(item.get("required", not item.get("optional", False)))


def _tensor(item: Mapping[str, Any]) -> Mapping[str, Any]:
    spec = item.get("tensor-spec")
    return spec if isinstance(spec, dict) else {}


def _shape_text(item: Mapping[str, Any]) -> str | None:
    shape = _tensor(item).get("shape", item.get("shape"))
    if not isinstance(shape, list):
        return None
    comma = "," if len(shape) == 1 else ""  # as Python writes a tuple of one
    return _cut(f"({', '.join(str(size) for size in shape[:32])}{comma})")


def _type_text(item: Any, depth: int) -> str:
    """Returns a type as a person reads it: `Array(string)`, `{p: string, q: long (optional)}`, `Tensor(float32)`."""
    if not isinstance(item, dict) or depth > _MAX_DEPTH:
        return "…"
    kind = str(item.get("type") or "any")
    if kind == "tensor":
        return f"Tensor({_tensor(item).get('dtype', 'any')})"
    if kind == "array":
        return f"Array({_type_text(item.get('items'), depth + 1)})"
    if kind == "map":
        return f"Map(string -> {_type_text(item.get('values'), depth + 1)})"
    if kind != "object":
        return kind
    properties = item.get("properties")
    shown = list(properties.items())[:50] if isinstance(properties, dict) else []
    return f"{{{', '.join(_property_text(name, schema, depth) for name, schema in shown)}}}"


def _property_text(name: str, item: Any, depth: int) -> str:
    optional = isinstance(item, dict) and not _is_required(item)
    return f"{name}: {_type_text(item, depth + 1)}{' (optional)' if optional else ''}"


def _cut(text: str) -> str:
    return text if len(text) <= _MAX_LENGTH else f"{text[: _MAX_LENGTH - 1]}…"
