"""Reads a model's own files, MLmodel and requirements.txt, as data; nothing is loaded or run."""

from dataclasses import dataclass, field
from typing import Any

from app.artifacts import ArtifactPath, store
from app.artifacts.model_signature import SignatureField, read_fields
from app.artifacts.untrusted_yaml import RefusedYaml, read_plain_yaml
from app.core.errors import InvalidParameter, NotFound

MAX_FILE_SIZE = 1024 * 1024  # bytes; a larger file is not read at all
MAX_REQUIREMENTS = 1_000
_MAX_VALUE_LENGTH = 400  # characters of one value


@dataclass(frozen=True)
class ModelFile:
    """The parts of an MLmodel file that pages show; what the file does not say is None or empty.

    `flavors` maps a flavor's name to its plain settings. `error` is a sentence where the file, or a part
    of it, could not be read; the rest is then as far as it could be.
    """

    flavors: dict[str, dict[str, str]] = field(default_factory=dict)
    inputs: list[SignatureField] = field(default_factory=list)
    outputs: list[SignatureField] = field(default_factory=list)
    params: list[SignatureField] = field(default_factory=list)
    run_id: str | None = None
    model_id: str | None = None
    model_uuid: str | None = None
    utc_time_created: str | None = None
    mlflow_version: str | None = None
    python_version: str | None = None
    model_size_bytes: int | None = None
    requirements: list[str] = field(default_factory=list)
    error: str | None = None


class _Unreadable(Exception):
    """A file exists and cannot be shown; the message is the end of a sentence about it."""


def read_mlmodel(path: ArtifactPath) -> ModelFile | None:
    """Returns what the MLmodel file in the folder `path` says; None where there is none.

    A file that cannot be read, whatever is wrong with it, raises nothing: see `ModelFile.error`.
    """
    try:
        text = _read_text(path.joined("MLmodel"))
        if text is None:
            return None
        content = read_plain_yaml(text)
    except (_Unreadable, RefusedYaml) as error:
        return ModelFile(error=f"The MLmodel file {error}.")
    if not isinstance(content, dict):
        return ModelFile(error="The MLmodel file is not a mapping.")
    return _model_file(content, _requirements(path))


def _read_text(path: ArtifactPath) -> str | None:
    """Returns the file as text; None where there is no such file."""
    try:
        file, size = store().open(path)
    except (NotFound, InvalidParameter):
        return None
    with file:
        if size > MAX_FILE_SIZE:
            raise _Unreadable("is too large to be shown")
        data = file.read(MAX_FILE_SIZE + 1)
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise _Unreadable("is not UTF-8 text") from error


def _model_file(content: dict[str, Any], requirements: list[str]) -> ModelFile:
    flavors = _flavors(content.get("flavors"))
    signature = content.get("signature")
    fields: dict[str, list[SignatureField]] = {}
    error = None
    if signature is not None and not isinstance(signature, dict):
        signature, error = None, "The MLmodel file's signature is not a mapping."
    for part in ("inputs", "outputs", "params"):
        try:
            fields[part] = read_fields((signature or {}).get(part))
        except ValueError:
            error = f"The MLmodel file's signature cannot be read (its {part})."
    size = _text(content.get("model_size_bytes")) or ""
    return ModelFile(
        flavors=flavors,
        inputs=fields.get("inputs", []),
        outputs=fields.get("outputs", []),
        params=fields.get("params", []),
        run_id=_text(content.get("run_id")),
        model_id=_text(content.get("model_id")),
        model_uuid=_text(content.get("model_uuid")),
        utc_time_created=_text(content.get("utc_time_created")),
        mlflow_version=_text(content.get("mlflow_version")),
        python_version=flavors.get("python_function", {}).get("python_version"),
        model_size_bytes=int(size) if size.isascii() and size.isdigit() and len(size) < 19 else None,
        requirements=requirements,
        error=error,
    )


def _text(value: Any) -> str | None:
    return value[:_MAX_VALUE_LENGTH] if isinstance(value, str) else None


def _flavors(value: Any) -> dict[str, dict[str, str]]:
    if not isinstance(value, dict):
        return {}
    return {
        name[:_MAX_VALUE_LENGTH]: {
            key: text[:_MAX_VALUE_LENGTH] for key, text in settings.items() if isinstance(text, str)
        }
        for name, settings in value.items()
        if isinstance(settings, dict)
    }


def _requirements(path: ArtifactPath) -> list[str]:
    """Returns the lines of requirements.txt that name something; none where it cannot be read."""
    try:
        text = _read_text(path.joined("requirements.txt")) or ""
    except _Unreadable:
        return []
    lines = (line.strip()[:_MAX_VALUE_LENGTH] for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")][:MAX_REQUIREMENTS]
