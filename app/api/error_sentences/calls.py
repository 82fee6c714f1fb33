"""What a client is told of errors in the fields of a call, of uploads, and of what is not offered.

Those that MLflow has, too, say what MLflow says: its clients and people's scripts look for some of the words.
"""

import json

from app.api.errors import (
    AdministratorsKeepManage,
    AdministratorsLeftOut,
    BodyNotJson,
    BodyNotObject,
    BodyTooLarge,
    BooleanUnreadable,
    ChecksUnreadable,
    CommentIdNotFound,
    ContentTypeMissing,
    ContentTypeNotJson,
    DownloadInPartsNotOffered,
    FeatureNotOffered,
    FieldMissing,
    FieldSpeltTwice,
    FieldUnreadable,
    FileNameMissing,
    FormUploadTooLarge,
    IdsMissing,
    KeyRepeated,
    MetricKeyMissing,
    ModelIdNotFound,
    ModelInfoIncomplete,
    ModelInfoNotJson,
    ModelInfoNotModel,
    OneOwnerNeeded,
    OnlyForAliases,
    PageTokenUnknown,
    PartCountOutOfRange,
    PartFileNameMissing,
    PartsIncomplete,
    PermissionLevelUnknown,
    PresignedDownloadNotOffered,
    PresignedUploadNotOffered,
    PrincipalNotNamed,
    PrincipalRepeated,
    QueryFieldMissing,
    RuleNotFound,
    RuleTargetMissing,
    SampleCountOutOfRange,
    StageLevelUnknown,
    StepBoundMissing,
    StepRangeReversed,
    TagRepeated,
    TooManyChartRuns,
    TooManyIds,
    TraceNotFound,
    UploadFieldMissing,
    UploadInterrupted,
)
from app.http.error_sentences import Sentences

_SEE_DOCS = " See the API docs for more information about request parameters."
_NO_PRESIGNED = (
    "Presigned {way} is not supported for {what} (artifact URI scheme: mlflow-artifacts). "
    "This endpoint requires {needed}direct cloud storage artifact URI."
)
_MAX_SHOWN = 500  # characters of a value that cannot be read


def _unreadable(error: FieldUnreadable) -> str:
    shown = json.dumps(error.value, sort_keys=True, separators=(",", ":"))
    hint = f" Hint: Value was of type '{type(error.value).__name__}'."
    if isinstance(error.value, str) and "\x00" in error.value:
        hint = " Text must not contain the NUL character."
    return f"Invalid value {shown[:_MAX_SHOWN]} for parameter '{error.field}' supplied: {hint}{_SEE_DOCS}"


def _incomplete(error: ModelInfoIncomplete) -> str:
    listed = ", ".join(repr(name) for name in error.missing)
    return f"Model json is missing mandatory fields: {{{listed}}}"


SENTENCES: Sentences = {
    # Fields of a call
    FieldMissing: "Missing value for required parameter '{field}'." + _SEE_DOCS,
    QueryFieldMissing: "Missing value for required parameter '{field}'.",
    UploadFieldMissing: "Request must specify {field}.",
    FieldUnreadable: _unreadable,
    FieldSpeltTwice: "Request specifies both '{field}' and '{camel}'; provide only one of them.",
    BooleanUnreadable: "Invalid boolean value: {text}, must be 'true' or 'false'.",
    ContentTypeMissing: "Bad Request. Content-Type header is missing.",
    ContentTypeNotJson: "Bad Request. Content-Type must be one of ['application/json'].",
    BodyTooLarge: lambda error: f"The request body is too large; the limit is {error.limit // 1024**2} MiB.",
    BodyNotJson: "The request body is not valid JSON.",
    BodyNotObject: "The request body must be a JSON object.",
    PageTokenUnknown: "Invalid page token. Leave page_token out to begin with the first page.",
    TagRepeated: "The tag '{key}' was given more than once.",
    KeyRepeated: "'{field}' contains a key more than once. Give each key one value.",
    IdsMissing: lambda error: (
        f"{error.call} request must specify at least one {error.field.removesuffix('s')}."
    ),
    TooManyIds: lambda error: (
        f"{error.call} request cannot specify more than {error.limit} {error.field.removesuffix('s')}s. "
        f"Received {error.count} {error.field.removesuffix('s')}s."
    ),
    # Metrics
    TooManyChartRuns: (
        "GetMetricHistoryBulkInterval request must specify at most {limit} run_ids. "
        "Received {count} run_ids." + _SEE_DOCS
    ),
    MetricKeyMissing: "GetMetricHistoryBulk request must specify a metric_key.",
    SampleCountOutOfRange: "max_results must be between 1 and {limit}." + _SEE_DOCS,
    StepBoundMissing: "If either start step or end step are specified, both must be specified.",
    StepRangeReversed: (
        "end_step must be greater than start_step. Found start_step={start} and end_step={end}."
    ),
    # Logged models
    ModelInfoNotJson: "Malformed model info. \n {text} \n is not a valid JSON.",
    ModelInfoNotModel: "Model json does not describe a model.",
    ModelInfoIncomplete: _incomplete,
    # Files
    FileNameMissing: "Artifact path must include a filename (cannot end with '/').",
    PartFileNameMissing: "An artifact path must include a file name.",
    UploadInterrupted: "The upload was interrupted, so nothing was stored.",
    FormUploadTooLarge: "Artifact size is too large. Max size is 10MB.",
    PartCountOutOfRange: "num_parts must be between 0 and {limit}.",
    PartsIncomplete: "This upload consists of the parts 1 to {count}. List each of them once.",
    OneOwnerNeeded: "Exactly one of run_id and model_id must be provided.",
    PresignedUploadNotOffered: _NO_PRESIGNED.format(
        way="upload", what="proxied artifact storage", needed="a "
    ),
    PresignedDownloadNotOffered: _NO_PRESIGNED.format(
        way="download", what="runs with proxied artifact storage", needed="a run with a "
    ),
    # Clients know by its beginning that they have to fetch the file through the server.
    DownloadInPartsNotOffered: "Multipart download is not supported for the current artifact repository",
    TraceNotFound: "Trace with ID '{trace_id}' not found.",
    FeatureNotOffered: "Greenroom does not offer {feature}.",
    # Databricks' calls
    ModelIdNotFound: "No registered model has the id {model_id}.",
    CommentIdNotFound: "There is no comment {comment_id}.",
    StageLevelUnknown: lambda error: f"level must be one of: {', '.join(error.levels)}.",
    RuleTargetMissing: "Name the rule by exactly one of stage, alias and tag.",
    RuleNotFound: "There is no rule for {target}.",
    OnlyForAliases: "Only the rule of an alias takes bound_to and follows.",
    ChecksUnreadable: "checks names one of them twice.",
    PermissionLevelUnknown: lambda error: f"permission_level must be one of: {', '.join(error.levels)}.",
    PrincipalNotNamed: lambda error: f"Each entry must have exactly one of: {', '.join(error.fields)}.",
    PrincipalRepeated: "{principal} is listed more than once.",
    AdministratorsKeepManage: "Administrators manage every model, so the group admins must have CAN_MANAGE.",
    AdministratorsLeftOut: "The group admins must keep CAN_MANAGE on all models. Add it to the list.",
}
