"""Calls on model versions (MLflow's ModelRegistryService)."""

from types import SimpleNamespace

from app.api.fields import TAGS, Flag, Text, Whole, at_most
from app.api.presenters.registry import present_version
from app.api.routing import call, page
from app.authz.permissions import Permission
from app.http.application import current_actor
from app.registry import versions
from app.stages import model_names, transitions
from app.stages.governed import tags as governed_tags

NAME = Text(name="name", required=True)
VERSION = Text(name="version", required=True)
KEY = Text(name="key", required=True)
READ = Permission.MODELS_READ
EDIT = Permission.MODELS_EDIT


@call(
    "POST",
    "/mlflow/model-versions/create",
    EDIT,
    NAME,
    Text(name="source", required=True),
    Text(name="run_id"),
    TAGS,
    Text(name="run_link", default=""),
    Text(name="description", default=""),
    Text(name="model_id"),
)
def create(args: SimpleNamespace) -> dict:
    """CreateModelVersion."""
    governed_tags.check_all(args.name, (tag.key for tag in args.tags), actor=current_actor())
    row = versions.create(
        args.name,
        args.source,
        run_uuid=args.run_id,
        run_link=args.run_link,
        logged_model=args.model_id,
        description=args.description,
        tags={tag.key: tag.value for tag in args.tags},
        actor=current_actor(),
    )
    return {"model_version": present_version(row)}


@call("GET", "/mlflow/model-versions/get", READ, NAME, VERSION)
def get(args: SimpleNamespace) -> dict:
    """GetModelVersion."""
    return {"model_version": present_version(versions.get(args.name, args.version))}


@call("PATCH", "/mlflow/model-versions/update", EDIT, NAME, VERSION, Text(name="description"))
def update(args: SimpleNamespace) -> dict:
    """UpdateModelVersion: the description is all that can be updated, and an absent one empties it."""
    row = versions.describe(args.name, args.version, args.description, actor=current_actor())
    return {"model_version": present_version(row)}


@call(
    "POST",
    "/mlflow/model-versions/transition-stage",
    Permission.MODELS_TRANSITION,
    NAME,
    VERSION,
    Text(name="stage", required=True),
    Flag(name="archive_existing_versions", default=False),
)
def transition_stage(args: SimpleNamespace) -> dict:
    """TransitionModelVersionStage."""
    row = transitions.transition(
        args.name,
        args.version,
        args.stage,
        archive_others=args.archive_existing_versions,
        actor=current_actor(),
    )
    return {"model_version": present_version(row)}


@call("DELETE", "/mlflow/model-versions/delete", Permission.MODELS_MANAGE, NAME, VERSION)
def delete(args: SimpleNamespace) -> dict:
    """DeleteModelVersion."""
    model_names.delete_version(args.name, args.version, actor=current_actor())
    return {}


@call("GET", "/mlflow/model-versions/get-download-uri", READ, NAME, VERSION)
def get_download_uri(args: SimpleNamespace) -> dict:
    """GetModelVersionDownloadUri."""
    return {"artifact_uri": versions.download_uri(versions.get(args.name, args.version))}


@call(
    "GET",
    "/mlflow/model-versions/search",
    READ,
    Text(name="filter", default=""),
    Whole(name="max_results", default=10_000, check=at_most(200_000)),
    Text(name="order_by", many=True, default=()),
    Text(name="page_token"),
)
def search(args: SimpleNamespace) -> dict:
    """SearchModelVersions."""
    rows, token = versions.search(
        filter=args.filter, max_results=args.max_results, order_by=args.order_by, page_token=args.page_token
    )
    return page("model_versions", [present_version(row) for row in rows], token)


@call("POST", "/mlflow/model-versions/set-tag", EDIT, NAME, VERSION, KEY, Text(name="value", default=""))
def set_tag(args: SimpleNamespace) -> dict:
    """SetModelVersionTag."""
    governed_tags.check(args.name, args.key, actor=current_actor())
    versions.set_tag(args.name, args.version, args.key, args.value, actor=current_actor())
    return {}


@call("DELETE", "/mlflow/model-versions/delete-tag", EDIT, NAME, VERSION, KEY)
def delete_tag(args: SimpleNamespace) -> dict:
    """DeleteModelVersionTag."""
    governed_tags.check(args.name, args.key, actor=current_actor())
    versions.remove_tag(args.name, args.version, args.key, actor=current_actor())
    return {}
