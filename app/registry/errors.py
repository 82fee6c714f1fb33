"""The kinds of errors about registered models and their versions."""

from dataclasses import dataclass

from app.core.errors import (
    AlreadyExists,
    InvalidParameter,
    InvalidState,
    NotFound,
    PermissionDenied,
    StaleState,
)
from app.core.ids import RegisteredModelId


@dataclass(eq=False)
class ModelNotFound(NotFound):
    """There is no living model of that name, or the viewer may not read it: the two look alike."""

    name: str


@dataclass(eq=False)
class VersionNotFound(NotFound):
    """The model has no living version of that number, or the viewer may not read the model."""

    name: str
    number: int


@dataclass(eq=False)
class NoVersions(NotFound):
    """The latest version is wanted of a model that has none."""

    name: str


@dataclass(eq=False)
class ModelDeleted(NotFound):
    """The model was deleted after it was read."""

    model_id: RegisteredModelId


@dataclass(eq=False)
class DeletedModelNotFound(NotFound):
    """No deleted model has that id, or the viewer may not read it, or somebody has restored it."""

    model_id: RegisteredModelId


@dataclass(eq=False)
class NameTaken(AlreadyExists):
    """Another living model or prompt has the name; `wanted` and `existing` say which, "model" or "prompt"."""

    name: str
    field: str
    wanted: str = "model"
    existing: str = "model"


@dataclass(eq=False)
class NameForwards(AlreadyExists):
    """The name leads clients to a model that was renamed, and whoever manages that one wants it so."""

    name: str
    field: str = "name"


@dataclass(eq=False)
class RestoredNameTaken(AlreadyExists):
    """A deleted model cannot be restored, since another living model has its name."""

    name: str


@dataclass(eq=False)
class ModelDescriptionChanged(StaleState):
    """The description is no longer the one that the actor saw."""

    name: str


@dataclass(eq=False)
class VersionDescriptionChanged(StaleState):
    """The description is no longer the one that the actor saw."""

    name: str
    number: int


@dataclass(eq=False)
class MissingModelName(InvalidParameter):
    """The name of a model is empty."""

    field: str


@dataclass(eq=False)
class InvalidModelName(InvalidParameter):
    """The name of a model holds a character that addresses of models need for themselves."""

    name: str
    field: str


@dataclass(eq=False)
class InvisibleCharacters(InvalidParameter):
    """The name of a new model holds what no reader can see."""

    name: str
    field: str


@dataclass(eq=False)
class LookalikeName(InvalidParameter):
    """The name of a new model, or an alias, could not be told from another by looking at it."""

    name: str
    field: str


@dataclass(eq=False)
class MissingAlias(InvalidParameter):
    """An alias is empty."""

    field = "alias"


@dataclass(eq=False)
class InvalidAlias(InvalidParameter):
    """An alias holds other characters than letters, digits, underscores and dashes."""

    field = "alias"
    alias: str


@dataclass(eq=False)
class AliasTooLong(InvalidParameter):
    """An alias has more than `limit` characters."""

    field = "alias"
    limit: int


@dataclass(eq=False)
class ReservedAlias(InvalidParameter):
    """An alias means something without being set: `latest`, or a version as in `v1`."""

    field = "alias"
    alias: str


@dataclass(eq=False)
class ReservedTag(InvalidParameter):
    """Only the server itself sets tags whose keys begin like this."""

    field = "key"
    key: str


@dataclass(eq=False)
class AliasNotFound(InvalidParameter):
    """The model has no such alias; MLflow answers this as a wrong parameter."""

    field = "alias"
    name: str
    alias: str


@dataclass(eq=False)
class InvalidVersionNumber(InvalidParameter):
    """What should be the number of a version is none."""

    field = "version"
    text: str


@dataclass(eq=False)
class FilesHeld(PermissionDenied):
    """Files cannot be changed, since a registered version is made of them: `name` is empty for who may not see it."""

    path: str
    name: str = ""
    number: int = 0
    is_deleted: bool = False


@dataclass(eq=False)
class MissingFileName(InvalidParameter):
    """A file should be stored, or removed, at the artifact root itself."""

    field = "path"


@dataclass(eq=False)
class NoExperimentAt(NotFound):
    """No experiment that the actor may see keeps its files at this path."""

    path: str


@dataclass(eq=False)
class SourceNotReadable(PermissionDenied):
    """What a client named as the source of a version is hidden from it, or does not exist: the two look alike."""

    actor: str
    what: str  # "source", "run" or "logged model"
    id: str


@dataclass(eq=False)
class UnsupportedSourceScheme(InvalidParameter):
    """The source of a version is an address that Greenroom neither keeps nor can check."""

    field = "source"
    scheme: str
    stores: str


@dataclass(eq=False)
class RelativeSource(InvalidParameter):
    """The source of a version could be read in two ways."""

    field = "source"
    source: str


@dataclass(eq=False)
class SourceOfOtherRegistry(InvalidParameter):
    """The source of a version names a registry by its host."""

    field = "source"
    source: str


@dataclass(eq=False)
class SourceVersionMismatch(InvalidParameter):
    """The run or logged model that a client named did not make the version that is the source."""

    field = "source"
    source: str


@dataclass(eq=False)
class SourceStageEmpty(InvalidParameter):
    """The source of a version is the holder of a stage that no version of the model holds."""

    field = "source"
    source: str
    name: str
    stage: str


@dataclass(eq=False)
class UnknownLocalSource(InvalidParameter):
    """The source of a version is a path that names no run known here."""

    field = "source"
    source: str


@dataclass(eq=False)
class SourceNotContained(InvalidParameter):
    """The run or logged model that a client named does not hold the source; `id_field` is how it was named."""

    field = "source"
    source: str
    id_field: str


@dataclass(eq=False)
class MalformedModelSource(InvalidParameter):
    """The source of a version begins as a model's address and does not go on as one."""

    field = "source"
    source: str


@dataclass(eq=False)
class InvalidPromptSource(InvalidParameter):
    """The source of a prompt's version is none of those that its clients send."""

    field = "source"
    source: str


@dataclass(eq=False)
class PromptAsSource(InvalidParameter):
    """The source of a model's version is the version of a prompt."""

    field = "source"
    source: str


@dataclass(eq=False)
class InvalidDigest(InvalidParameter):
    """A text is not a SHA-256 in hex."""

    field = "digest"
    digest: str


@dataclass(eq=False)
class FilesHeldHere(InvalidState):
    """The server takes the digest of these files itself, since it holds them."""

    name: str
    number: int


@dataclass(eq=False)
class FileIsAnother(InvalidParameter):
    """The bytes of a file that is brought in are not those that its digest says."""

    path: str


@dataclass(eq=False)
class PathTaken(AlreadyExists):
    """Something has the path already where a file is brought in."""

    path: str
