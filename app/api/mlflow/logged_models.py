"""Logged models: the calls of MLflow 3 about models that runs make."""

from collections.abc import Sequence
from types import SimpleNamespace

from app.api.errors import KeyRepeated
from app.api.fields import TAGS, Choice, Flag, Item, Text, Whole
from app.api.presenters.logged_models import STATUS_NAMES, present_logged_model
from app.api.routing import call, page
from app.authz.permissions import Permission
from app.http.application import current_actor
from app.tracking import names
from app.tracking.logged_models import models
from app.tracking.logged_models import search as model_search
from app.tracking.logged_models.search import OnDataset, OrderBy

READ = Permission.EXPERIMENTS_READ
EDIT = Permission.EXPERIMENTS_EDIT

ONE = "/mlflow/logged-models/<model_id>"

PARAMS = Item(
    Text(name="key", default=""), Text(name="value", default=""), name="params", many=True, default=()
)
# How many MLflow answers when asked for no number, and when asked for 0.
DEFAULT_RESULTS, NO_LIMIT_RESULTS = 50, 100

MODEL_ID = Text(name="model_id")
STATUS = Choice(
    name="status", required=True, choices={name: number for number, name in enumerate(STATUS_NAMES.values())}
)
OUR_STATUS = {name: status for status, name in STATUS_NAMES.items()}


@call(
    "POST",
    "/mlflow/logged-models",
    EDIT,
    Text(name="experiment_id", required=True),
    Text(name="name", default=""),
    Text(name="model_type", default=""),
    Text(name="source_run_id", default=""),
    PARAMS,
    TAGS,
)
def create(args: SimpleNamespace) -> dict:
    """CreateLoggedModel: begin a model, whose files the client uploads next."""
    model = models.create(
        names.experiment_id(args.experiment_id),
        name=args.name,
        model_type=args.model_type,
        source_run_uuid=args.source_run_id,
        params=once("params", args.params),
        tags=once("tags", args.tags),
        actor=current_actor(),
    )
    return {"model": present_logged_model(model)}


@call("GET", ONE, READ, MODEL_ID, Flag(name="allow_deleted", default=False))
def get(args: SimpleNamespace) -> dict:
    """GetLoggedModel."""
    return {"model": present_logged_model(models.details(args.model_id, deleted=args.allow_deleted))}


@call("PATCH", ONE, EDIT, MODEL_ID, STATUS)
def finalize(args: SimpleNamespace) -> dict:
    """FinalizeLoggedModel: all files are there, or they never will be."""
    done = models.finalize(args.model_id, OUR_STATUS[args.status], actor=current_actor())
    return {"model": present_logged_model(done)}


@call("DELETE", ONE, Permission.EXPERIMENTS_MANAGE, MODEL_ID)
def delete(args: SimpleNamespace) -> dict:
    """DeleteLoggedModel."""
    models.delete(args.model_id, actor=current_actor())
    return {}


@call("PATCH", f"{ONE}/tags", EDIT, MODEL_ID, TAGS)
def set_tags(args: SimpleNamespace) -> dict:
    """SetLoggedModelTags; of tags with the same key the last counts."""
    models.set_tags(args.model_id, {tag.key: tag.value for tag in args.tags}, actor=current_actor())
    return {}


@call("DELETE", f"{ONE}/tags/<tag_key>", EDIT, MODEL_ID, Text(name="tag_key"))
def remove_tag(args: SimpleNamespace) -> dict:
    """DeleteLoggedModelTag."""
    models.remove_tag(args.model_id, args.tag_key, actor=current_actor())
    return {}


@call("POST", f"{ONE}/params", EDIT, MODEL_ID, PARAMS)
def log_params(args: SimpleNamespace) -> dict:
    """LogLoggedModelParams."""
    models.log_params(args.model_id, once("params", args.params), actor=current_actor())
    return {}


DATASET = (Text(name="dataset_name", default=""), Text(name="dataset_digest", default=""))


@call(
    "POST",
    "/mlflow/logged-models/search",
    READ,
    Text(name="experiment_ids", required=True, many=True),
    Text(name="filter", default=""),
    Item(*DATASET, name="datasets", many=True, default=()),
    Whole(name="max_results", default=DEFAULT_RESULTS),
    Item(
        Text(name="field_name", default=""),
        Flag(name="ascending", default=True),
        *DATASET,
        name="order_by",
        many=True,
        default=(),
    ),
    Text(name="page_token"),
    reads=True,
)
def search(args: SimpleNamespace) -> dict:
    """SearchLoggedModels."""
    rows, token = model_search.search(
        [names.experiment_id(text) for text in args.experiment_ids],
        filter=args.filter,
        datasets=[OnDataset(dataset.dataset_name, dataset.dataset_digest) for dataset in args.datasets],
        order_by=[
            OrderBy(order.field_name, order.ascending, OnDataset(order.dataset_name, order.dataset_digest))
            for order in args.order_by
        ],
        max_results=args.max_results or NO_LIMIT_RESULTS,
        page_token=args.page_token,
    )
    return page("models", [present_logged_model(row) for row in rows], token)


def once(field: str, pairs: Sequence[SimpleNamespace]) -> dict[str, str]:
    """Returns keys and values as a mapping. Raises `KeyRepeated` where a key comes twice."""
    mapping = {pair.key: pair.value for pair in pairs}
    if len(mapping) < len(pairs):
        raise KeyRepeated(field)
    return mapping
