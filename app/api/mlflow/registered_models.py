"""Calls on registered models and their aliases (MLflow's ModelRegistryService)."""

from types import SimpleNamespace

from app.api.fields import TAGS, Flag, Text, Whole, at_most
from app.api.presenters.registry import present_model, present_version
from app.api.routing import call, page
from app.authz.permissions import Permission
from app.http.application import current_actor
from app.registry import aliases, models
from app.stages import model_names, transitions
from app.stages.governed import aliases as governed_aliases
from app.stages.governed import tags as governed_tags

NAME = Text(name="name", required=True)
KEY = Text(name="key", required=True)
ALIAS = Text(name="alias", required=True)
READ = Permission.MODELS_READ
EDIT = Permission.MODELS_EDIT


@call(
    "POST", "/mlflow/registered-models/create", Permission.MODELS_CREATE, NAME, TAGS, Text(name="description")
)
def create(args: SimpleNamespace) -> dict:
    """CreateRegisteredModel."""
    tags = {tag.key: tag.value for tag in args.tags}
    row = model_names.create(args.name, description=args.description, tags=tags, actor=current_actor())
    return {"registered_model": present_model(row)}


@call("GET", "/mlflow/registered-models/get", READ, NAME)
def get(args: SimpleNamespace) -> dict:
    """GetRegisteredModel."""
    return {"registered_model": present_model(models.get(args.name))}


@call(
    "POST",
    "/mlflow/registered-models/rename",
    Permission.MODELS_MANAGE,
    NAME,
    Text(name="new_name", required=True),
    Flag(name="forward_old_name", default=False),
)
def rename(args: SimpleNamespace) -> dict:
    """RenameRegisteredModel. Beyond MLflow's, `forward_old_name` lets clients go on using the old name."""
    row = model_names.rename(args.name, args.new_name, forwards=args.forward_old_name, actor=current_actor())
    return {"registered_model": present_model(row)}


@call("PATCH", "/mlflow/registered-models/update", EDIT, NAME, Text(name="description", default=""))
def update(args: SimpleNamespace) -> dict:
    """UpdateRegisteredModel: the description is all that can be updated, and an absent one empties it."""
    row = models.describe(args.name, args.description, actor=current_actor())
    return {"registered_model": present_model(row)}


@call("DELETE", "/mlflow/registered-models/delete", Permission.MODELS_MANAGE, NAME)
def delete(args: SimpleNamespace) -> dict:
    """DeleteRegisteredModel."""
    model_names.delete(args.name, actor=current_actor())
    return {}


@call(
    "GET",
    "/mlflow/registered-models/search",
    READ,
    Text(name="filter", default=""),
    Whole(name="max_results", default=100, check=at_most(1000)),
    Text(name="order_by", many=True, default=()),
    Text(name="page_token"),
)
def search(args: SimpleNamespace) -> dict:
    """SearchRegisteredModels."""
    rows, token = models.search(
        filter=args.filter, max_results=args.max_results, order_by=args.order_by, page_token=args.page_token
    )
    return page("registered_models", [present_model(row) for row in rows], token)


def get_latest_versions(args: SimpleNamespace) -> dict:
    """GetLatestVersions, which MLflow serves by GET and by POST."""
    rows = transitions.latest(args.name, args.stages)
    return {"model_versions": [present_version(row) for row in rows]} if rows else {}


_LATEST = (
    "/mlflow/registered-models/get-latest-versions",
    READ,
    NAME,
    Text(name="stages", many=True, default=()),
)
call("GET", *_LATEST, name="get_latest_versions_by_get")(get_latest_versions)
call("POST", *_LATEST, reads=True)(get_latest_versions)


@call("POST", "/mlflow/registered-models/set-tag", EDIT, NAME, KEY, Text(name="value", default=""))
def set_tag(args: SimpleNamespace) -> dict:
    """SetRegisteredModelTag."""
    governed_tags.check(args.name, args.key, actor=current_actor())
    models.set_tag(args.name, args.key, args.value, actor=current_actor())
    return {}


@call("DELETE", "/mlflow/registered-models/delete-tag", EDIT, NAME, KEY)
def delete_tag(args: SimpleNamespace) -> dict:
    """DeleteRegisteredModelTag."""
    governed_tags.check(args.name, args.key, actor=current_actor())
    models.remove_tag(args.name, args.key, actor=current_actor())
    return {}


@call("POST", "/mlflow/registered-models/alias", EDIT, NAME, ALIAS, Text(name="version", required=True))
def set_alias(args: SimpleNamespace) -> dict:
    """SetRegisteredModelAlias."""
    governed_aliases.set_alias(args.name, args.alias, args.version, actor=current_actor())
    return {}


@call("DELETE", "/mlflow/registered-models/alias", EDIT, NAME, ALIAS)
def delete_alias(args: SimpleNamespace) -> dict:
    """DeleteRegisteredModelAlias."""
    governed_aliases.remove_alias(args.name, args.alias, actor=current_actor())
    return {}


@call("GET", "/mlflow/registered-models/alias", READ, NAME, ALIAS)
def get_by_alias(args: SimpleNamespace) -> dict:
    """GetModelVersionByAlias."""
    return {"model_version": present_version(aliases.resolve(args.name, args.alias))}
