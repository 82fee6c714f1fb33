"""Sentences about registered models and their versions."""

from collections.abc import Callable
from typing import Any

from app.core.errors import GreenroomError
from app.registry import errors

_SOURCE = "{source} cannot be the source of a version: "


def _not_readable(error: errors.SourceNotReadable) -> str:
    what = "the source" if error.what == "source" else error.what
    return f"{error.actor} has no right to read {what} '{error.id}', or there is no such thing."


def _held(error: errors.FilesHeld) -> str:
    holder = f"Version {error.number} of {error.name}" if error.name else "A registered version"
    deleted = ", which was deleted and can come back," if error.is_deleted else ""
    return (
        f"{holder}{deleted} is made of the files at '{error.path}', so nothing can be stored, replaced or deleted "
        "there. Log the model anew and register another version instead."
    )


def _lookalike(error: errors.LookalikeName) -> str:
    named = "An alias" if error.field == "alias" else "The name of a model"
    return f"{named} cannot mix alphabets within a word, or write accents as separate characters."


SENTENCES: dict[type[GreenroomError], str | Callable[[Any], str]] = {
    errors.ModelNotFound: "There is no model named {name}.",
    errors.VersionNotFound: "{name} has no version {number}.",
    errors.NoVersions: "{name} has no versions.",
    errors.ModelDeleted: "The model was deleted in the meantime.",
    errors.DeletedModelNotFound: "There is no such deleted model. Someone may have restored it already.",
    errors.NameTaken: "Another {existing} is called {name}.",
    errors.NameForwards: (
        "Clients that ask for {name} are forwarded to a model that was renamed. Its managers can stop that in the "
        "model's settings."
    ),
    errors.RestoredNameTaken: (
        "There is another model called {name} by now. Rename or delete that one first, then restore this one."
    ),
    errors.ModelDescriptionChanged: "The description of {name} was changed by someone else in the meantime.",
    errors.VersionDescriptionChanged: (
        "The description of version {number} was changed by someone else in the meantime."
    ),
    errors.MissingModelName: "A model needs a name.",
    errors.InvalidModelName: "The name of a model cannot contain / or :.",
    errors.InvisibleCharacters: "The name of a model cannot contain invisible characters.",
    errors.LookalikeName: _lookalike,
    errors.MissingAlias: "An alias needs a name.",
    errors.InvalidAlias: "An alias can only contain letters, digits, underscores (_) and dashes (-).",
    errors.AliasTooLong: "An alias can have at most {limit} characters.",
    errors.ReservedAlias: "The alias {alias} is reserved: it already names a version.",
    errors.ReservedTag: "The tag {key} is the server's own: nobody else can set or remove it.",
    errors.AliasNotFound: "{name} has no alias {alias}.",
    errors.InvalidVersionNumber: "A version number is a whole number, and {text} is not.",
    errors.FilesHeld: _held,
    errors.InvalidDigest: "A digest is a SHA-256, 64 digits from 0 to f in small letters, and {digest} is not.",
    errors.FilesHeldHere: (
        "Version {number} of {name} has its files here, so the server takes their digest itself; only that of files "
        "elsewhere can be reported."
    ),
    errors.MissingFileName: "An artifact path must include a file name.",
    errors.NoExperimentAt: "No experiment keeps its artifacts at '{path}'.",
    errors.SourceNotReadable: _not_readable,
    errors.UnsupportedSourceScheme: (
        "A source cannot use the {scheme} scheme: name a run, a logged model, a model version or an address in "
        "one of {stores}."
    ),
    errors.RelativeSource: _SOURCE + "it must be an absolute path.",
    errors.SourceOfOtherRegistry: _SOURCE + "it names another registry.",
    errors.SourceVersionMismatch: _SOURCE + "that version was made from another run or logged model.",
    errors.SourceStageEmpty: _SOURCE + "no version of {name} is in {stage}.",
    errors.UnknownLocalSource: _SOURCE + "it names no run on this server.",
    errors.SourceNotContained: _SOURCE + "it does not lie within the run or logged model named with it.",
    errors.MalformedModelSource: (
        _SOURCE + "name a model version as models:/<name>/<version>, a logged model as models:/<model_id>."
    ),
    errors.InvalidPromptSource: "{source} cannot be the source of a prompt.",
    errors.PromptAsSource: _SOURCE + "it is the version of a prompt.",
    errors.FileIsAnother: "The bytes of '{path}' are not those that its digest says.",
    errors.PathTaken: "There is something at '{path}' already.",
}
