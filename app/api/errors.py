"""The kinds of errors that the API raises itself: about the fields of a call, uploads, and what it does not offer."""

from dataclasses import dataclass
from typing import Any

from app.core.errors import InvalidParameter, NotFound, NotOffered, TooLarge


@dataclass(eq=False)
class FieldMissing(InvalidParameter):
    """A required field is absent or empty."""

    field: str


@dataclass(eq=False)
class QueryFieldMissing(InvalidParameter):
    """A link lacks a part of its query."""

    field: str


@dataclass(eq=False)
class UploadFieldMissing(InvalidParameter):
    """MLflow's upload of a file lacks a part of its query, or the file."""

    field: str


@dataclass(eq=False)
class FieldUnreadable(InvalidParameter):
    """The value that was sent cannot stand in the field."""

    value: Any
    field: str


@dataclass(eq=False)
class FieldSpeltTwice(InvalidParameter):
    """A field was sent in both of its spellings."""

    camel: str
    field: str


@dataclass(eq=False)
class BooleanUnreadable(InvalidParameter):
    """A query has something other than true or false for a boolean."""

    text: str
    field: str


@dataclass(eq=False)
class ContentTypeMissing(InvalidParameter):
    """The request has a body and does not name its type."""


@dataclass(eq=False)
class ContentTypeNotJson(InvalidParameter):
    """The request's body is of another type than JSON."""


@dataclass(eq=False)
class BodyTooLarge(TooLarge):
    """The request's body is larger than `limit` bytes."""

    limit: int


@dataclass(eq=False)
class BodyNotJson(InvalidParameter):
    """The request's body is not JSON."""


@dataclass(eq=False)
class BodyNotObject(InvalidParameter):
    """The request's body is JSON, but not an object."""


@dataclass(eq=False)
class PageTokenUnknown(InvalidParameter):
    """This server did not give out that page token."""

    field = "page_token"


@dataclass(eq=False)
class TagRepeated(InvalidParameter):
    """A key of a tag was sent more than once."""

    field = "tags"
    key: str


@dataclass(eq=False)
class KeyRepeated(InvalidParameter):
    """A list of keys and values has a key more than once."""

    field: str


@dataclass(eq=False)
class IdsMissing(InvalidParameter):
    """The call needs at least one id in the field."""

    call: str
    field: str


@dataclass(eq=False)
class TooManyIds(InvalidParameter):
    """The call takes at most `limit` ids in the field."""

    call: str
    limit: int
    count: int
    field: str


@dataclass(eq=False)
class TooManyChartRuns(InvalidParameter):
    """The call for MLflow's charts takes at most `limit` runs."""

    field = "run_ids"
    limit: int
    count: int


@dataclass(eq=False)
class MetricKeyMissing(InvalidParameter):
    """The history of many runs was asked for without a metric."""

    field = "metric_key"


@dataclass(eq=False)
class SampleCountOutOfRange(InvalidParameter):
    """The number of samples is not between 1 and `limit`."""

    field = "max_results"
    limit: int


@dataclass(eq=False)
class StepBoundMissing(InvalidParameter):
    """Only one of the two bounds of a range of steps was sent."""


@dataclass(eq=False)
class StepRangeReversed(InvalidParameter):
    """A range of steps ends before it starts."""

    field = "end_step"
    start: int
    end: int


@dataclass(eq=False)
class ModelInfoNotJson(InvalidParameter):
    """What MLflow 2 notes of a logged model is not JSON."""

    text: str


@dataclass(eq=False)
class ModelInfoNotModel(InvalidParameter):
    """What MLflow 2 notes of a logged model does not describe a model."""


@dataclass(eq=False)
class ModelInfoIncomplete(InvalidParameter):
    """What MLflow 2 notes of a logged model lacks fields."""

    missing: list[str]


@dataclass(eq=False)
class FileNameMissing(InvalidParameter):
    """The path of an upload ends in a slash."""

    field = "path"


@dataclass(eq=False)
class PartFileNameMissing(InvalidParameter):
    """The path of an upload in parts names no file."""

    field = "path"


@dataclass(eq=False)
class UploadInterrupted(InvalidParameter):
    """The body of an upload ended before its end; nothing of it was stored."""


@dataclass(eq=False)
class FormUploadTooLarge(InvalidParameter):
    """The file is larger than MLflow's upload from its pages takes."""


@dataclass(eq=False)
class PartCountOutOfRange(InvalidParameter):
    """The number of parts is not between 0 and `limit`."""

    field = "num_parts"
    limit: int


@dataclass(eq=False)
class PartsIncomplete(InvalidParameter):
    """The parts that were sent are not those of the upload."""

    field = "parts"
    count: int


@dataclass(eq=False)
class OneOwnerNeeded(InvalidParameter):
    """Both or neither of a run and a logged model were named."""


@dataclass(eq=False)
class PresignedUploadNotOffered(InvalidParameter):
    """There is no object store to send the client to with an upload."""


@dataclass(eq=False)
class PresignedDownloadNotOffered(InvalidParameter):
    """There is no object store to send the client to for a download."""


@dataclass(eq=False)
class DownloadInPartsNotOffered(NotOffered):
    """There is no object store to send the client to for the parts of a download."""


@dataclass(eq=False)
class FeatureNotOffered(NotOffered):
    """The call belongs to a feature of MLflow's that Greenroom leaves out on purpose."""

    feature: str


@dataclass(eq=False)
class TraceNotFound(NotFound):
    """Greenroom keeps no traces, so none is found."""

    trace_id: str


@dataclass(eq=False)
class ModelIdNotFound(NotFound):
    """No registered model that the caller may read has that id."""

    model_id: str


@dataclass(eq=False)
class CommentIdNotFound(NotFound):
    """The id cannot be a comment's."""

    comment_id: str


@dataclass(eq=False)
class ChecksUnreadable(InvalidParameter):
    """A rule names a check twice."""

    field = "checks"


@dataclass(eq=False)
class RuleTargetMissing(InvalidParameter):
    """A rule is named by none, or by several, of a stage, an alias and a tag."""

    field = "stage"


@dataclass(eq=False)
class RuleNotFound(NotFound):
    """No rule was ever set for that alias or tag."""

    target: str


@dataclass(eq=False)
class OnlyForAliases(InvalidParameter):
    """The rule of a stage or a tag is to be bound to a stage, or to follow one."""

    field = "bound_to"


@dataclass(eq=False)
class StageLevelUnknown(InvalidParameter):
    """A stage is to have none of the levels; `levels` are their names."""

    field = "level"
    levels: list[str]


@dataclass(eq=False)
class PermissionLevelUnknown(InvalidParameter):
    """An entry of an access list has none of the levels."""

    field = "permission_level"
    levels: list[str]


@dataclass(eq=False)
class PrincipalNotNamed(InvalidParameter):
    """An entry of an access list names none or several of user, group and service."""

    fields: list[str]


@dataclass(eq=False)
class PrincipalRepeated(InvalidParameter):
    """An access list has two entries for one principal."""

    principal: str


@dataclass(eq=False)
class AdministratorsKeepManage(InvalidParameter):
    """An access list gives the administrators less than they have always."""


@dataclass(eq=False)
class AdministratorsLeftOut(InvalidParameter):
    """An access list for all models that is to replace the old one leaves the administrators out."""
