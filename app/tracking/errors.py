"""The kinds of errors about experiments, runs, what runs log, and logged models."""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.core.errors import (
    AlreadyExists,
    InvalidParameter,
    InvalidState,
    NotFound,
    PermissionDenied,
    UnknownField,
)
from app.core.ids import LoggedModelId


@dataclass(eq=False)
class ExperimentNotFound(NotFound):
    """There is no such experiment, or the viewer may not read it: the two look alike."""

    experiment_id: int


@dataclass(eq=False)
class ExperimentNameNotFound(NotFound):
    """No experiment has that name, or the viewer may not read it."""

    name: str


@dataclass(eq=False)
class ExperimentExists(AlreadyExists):
    """Another experiment, perhaps a deleted one, has that name."""

    name: str
    field = "name"


@dataclass(eq=False)
class ExperimentIsDeleted(InvalidParameter):
    """Nothing can be made or tagged in a deleted experiment."""

    experiment_id: int


@dataclass(eq=False)
class DeletedExperimentNotRenamable(InvalidState):
    """A deleted experiment keeps its name."""


@dataclass(eq=False)
class ExperimentTagNotFound(NotFound):
    """The experiment has no tag of that key."""

    key: str
    experiment_id: int


@dataclass(eq=False)
class InvalidExperimentName(InvalidParameter):
    """The name is empty."""

    name: str
    field = "name"


@dataclass(eq=False)
class InvalidExperimentId(InvalidParameter):
    """The text spells no number that an experiment could have."""

    text: str | int
    field = "experiment_id"


@dataclass(eq=False)
class TooManyExperiments(InvalidParameter):
    """A search names more experiments than one statement can hold."""

    limit: int


class LocationFault(enum.Enum):
    """What is wrong with a place in which a client wants artifacts kept."""

    TOO_LONG = enum.auto()
    NOT_A_URI = enum.auto()
    NOT_REMOTE = enum.auto()
    NAMES_A_HOST = enum.auto()
    FRAGMENT = enum.auto()
    DOT_SEGMENT = enum.auto()
    CONTROL_CHARACTER = enum.auto()
    ESCAPED_TOO_OFTEN = enum.auto()
    OF_VERSIONS = enum.auto()


@dataclass(eq=False)
class InvalidArtifactLocation(InvalidParameter):
    """No artifacts may be kept there; `detail` is the limit or the scheme that the fault is about."""

    fault: LocationFault
    detail: str | int = ""
    field = "artifact_location"


@dataclass(eq=False)
class ArtifactLocationDenied(PermissionDenied):
    """Only an administrator may choose a place among the server's own artifacts."""


@dataclass(eq=False)
class RunNotFound(NotFound):
    """There is no run of that id, or the viewer may not read its experiment: the two look alike."""

    uuid: str


@dataclass(eq=False)
class RunIsDeleted(InvalidParameter):
    """Nothing can be logged to a deleted run."""

    uuid: str


@dataclass(eq=False)
class RunNamesDiffer(InvalidParameter):
    """A run was given one name as an argument and another in its tag."""

    name: str
    tag: str
    tagged: str


@dataclass(eq=False)
class UnknownRunStatus(InvalidParameter):
    """A run has one of a few statuses, and this is none of them."""

    status: str
    known: Sequence[str]


@dataclass(eq=False)
class InvalidRunId(InvalidParameter):
    """No run could have this id."""

    text: str


@dataclass(eq=False)
class RunTagNotFound(NotFound):
    """The run has no tag of that key."""

    key: str
    uuid: str


@dataclass(eq=False)
class ModelHistoryUnreadable(InvalidParameter):
    """A client wrote something else into the tag that holds the history of logged models."""

    tag: str


@dataclass(eq=False)
class ParamChanged(InvalidParameter):
    """A parameter is written once, and has another value already."""

    key: str
    stored: str
    value: str
    uuid: str


@dataclass(eq=False)
class ParamsChanged(InvalidParameter):
    """The same of several parameters in a batch, each with `key`, `old_value` and `new_value`."""

    changes: Sequence[Mapping[str, str]]
    uuid: str


@dataclass(eq=False)
class BatchTooLarge(InvalidParameter):
    """A batch holds more of something than one call takes."""

    what: str
    size: int
    limit: int


@dataclass(eq=False)
class DuplicateParams(InvalidParameter):
    """A batch names a parameter twice."""

    keys: Sequence[str]


@dataclass(eq=False)
class IncompleteDataset(InvalidParameter):
    """A metric names a data set without its digest, or a digest without its data set."""


@dataclass(eq=False)
class NegativeTimestamp(InvalidParameter):
    """A metric was measured before 1970; `field` is where in the call its time stands."""

    key: str
    value: float
    timestamp: int
    field: str | None = None


@dataclass(eq=False)
class InvalidPageSize(InvalidParameter):
    """A page of less than one point was asked for."""

    max_results: int


@dataclass(eq=False)
class UnreadablePageToken(InvalidParameter):
    """The page token of a history is not one that the server wrote."""


@dataclass(eq=False)
class InvalidPageToken(InvalidParameter):
    """The page token of a history holds no point."""


@dataclass(eq=False)
class OutputStepChanged(InvalidParameter):
    """A run's output is logged at one step, and was logged at another."""

    model_id: LoggedModelId
    uuid: str
    step: int


@dataclass(eq=False)
class LoggedModelNotFound(NotFound):
    """There is no logged model of that id, or the viewer may not read its experiment: the two look alike."""

    model_id: LoggedModelId


@dataclass(eq=False)
class UnknownLoggedModel(InvalidParameter):
    """A metric names a logged model that does not exist, or that the actor may not read."""

    model_id: LoggedModelId
    field = "model_id"


@dataclass(eq=False)
class ModelsOfRunDenied(PermissionDenied):
    """The actor may not log models of this run, or there is no such run: the two look alike."""

    actor: str
    uuid: str


@dataclass(eq=False)
class UnknownLoggedModelStatus(InvalidParameter):
    """A logged model has one of a few statuses, and this is none of them."""

    status: str
    field = "status"


@dataclass(eq=False)
class LoggedModelTagNotFound(NotFound):
    """The logged model has no tag of that key."""

    key: str
    model_id: LoggedModelId


@dataclass(eq=False)
class LoggedModelParamChanged(InvalidParameter):
    """A parameter of a logged model is written once, and has another value already."""

    key: str
    stored: str
    value: str
    model_id: LoggedModelId


@dataclass(eq=False)
class InvalidLoggedModelName(InvalidParameter):
    """The name has characters that mean something in the addresses of models."""

    name: str
    forbidden: Sequence[str]
    field = "name"


@dataclass(eq=False)
class DatasetNameMissing(InvalidParameter):
    """A search of logged models names a data set without its name."""

    field = "datasets"


@dataclass(eq=False)
class TooManyDatasets(InvalidParameter):
    """A search of logged models names more data sets than it may."""

    limit: int
    field = "datasets"


@dataclass(eq=False)
class UnknownOrderField(UnknownField):
    """Logged models cannot be sorted by this field."""

    order_by: str
    field = "order_by"


@dataclass(eq=False)
class OrderFieldNotMetric(InvalidParameter):
    """Of what has keys, logged models can be sorted by metrics only."""

    order_by: str
    field = "order_by"
