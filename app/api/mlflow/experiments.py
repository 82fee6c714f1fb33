"""Calls on experiments (MLflow's MlflowService)."""

from types import SimpleNamespace

from app.api.errors import TagRepeated
from app.api.fields import TAGS, Choice, Text, Whole
from app.api.presenters.experiments import present_experiment
from app.api.routing import call, page
from app.authz.permissions import Permission
from app.http.application import current_actor
from app.tracking import experiments
from app.tracking.names import experiment_id
from app.tracking.search_fields import View

ID = Text(name="experiment_id", required=True)
KEY = Text(name="key", required=True)
READ = Permission.EXPERIMENTS_READ
EDIT = Permission.EXPERIMENTS_EDIT
MANAGE = Permission.EXPERIMENTS_MANAGE


def tags_once(tags: list[SimpleNamespace]) -> dict[str, str]:
    """Returns the tags of a new object by key. Raises `TagRepeated` for a key that occurs twice."""
    by_key: dict[str, str] = {}
    for tag in tags:
        if tag.key in by_key:
            raise TagRepeated(tag.key)
        by_key[tag.key] = tag.value
    return by_key


@call(
    "POST",
    "/mlflow/experiments/create",
    Permission.EXPERIMENTS_CREATE,
    Text(name="name", required=True),
    Text(name="artifact_location", default=""),
    TAGS,
)
def create(args: SimpleNamespace) -> dict:
    """CreateExperiment."""
    experiment_id = experiments.create(
        args.name, artifact_location=args.artifact_location, tags=tags_once(args.tags), actor=current_actor()
    )
    return {"experiment_id": str(experiment_id)}


@call("GET", "/mlflow/experiments/get", READ, ID)
def get(args: SimpleNamespace) -> dict:
    """GetExperiment."""
    return {"experiment": present_experiment(experiments.find(experiment_id(args.experiment_id)))}


@call("GET", "/mlflow/experiments/get-by-name", READ, Text(name="experiment_name", required=True))
def get_by_name(args: SimpleNamespace) -> dict:
    """GetExperimentByName."""
    return {"experiment": present_experiment(experiments.find_by_name(args.experiment_name))}


VIEWS = {"ACTIVE_ONLY": View.ACTIVE, "DELETED_ONLY": View.DELETED, "ALL": View.ALL}
VIEW_NUMBERS = {name: number for number, name in enumerate(VIEWS, 1)}
SEARCH = (
    Choice(name="view_type", choices=VIEW_NUMBERS, default="ACTIVE_ONLY"),
    Whole(name="max_results", default=0),
    Text(name="order_by", many=True, default=()),
    Text(name="filter", default=""),
    Text(name="page_token"),
)


@call("GET", "/mlflow/experiments/search", READ, *SEARCH)
def search(args: SimpleNamespace) -> dict:
    """SearchExperiments. As with MLflow, one must say how many are wanted."""
    rows, token = experiments.search(
        filter=args.filter,
        order_by=args.order_by,
        view=VIEWS[args.view_type],
        max_results=args.max_results,
        page_token=args.page_token,
    )
    return page("experiments", [present_experiment(row) for row in rows], token)


@call("POST", "/mlflow/experiments/search", READ, *SEARCH, reads=True)
def search_by_post(args: SimpleNamespace) -> dict:
    """SearchExperiments, as MLflow's clients call it."""
    return search(args)


@call("POST", "/mlflow/experiments/update", MANAGE, ID, Text(name="new_name", required=True))
def update(args: SimpleNamespace) -> dict:
    """UpdateExperiment: the name is all that can be updated."""
    experiments.rename(experiment_id(args.experiment_id), args.new_name, actor=current_actor())
    return {}


@call("POST", "/mlflow/experiments/delete", MANAGE, ID)
def delete(args: SimpleNamespace) -> dict:
    """DeleteExperiment."""
    experiments.delete(experiment_id(args.experiment_id), actor=current_actor())
    return {}


@call("POST", "/mlflow/experiments/restore", MANAGE, ID)
def restore(args: SimpleNamespace) -> dict:
    """RestoreExperiment."""
    experiments.restore(experiment_id(args.experiment_id), actor=current_actor())
    return {}


@call("POST", "/mlflow/experiments/set-experiment-tag", EDIT, ID, KEY, Text(name="value", default=""))
def set_tag(args: SimpleNamespace) -> dict:
    """SetExperimentTag."""
    experiments.set_tag(experiment_id(args.experiment_id), args.key, args.value, actor=current_actor())
    return {}


@call("POST", "/mlflow/experiments/delete-experiment-tag", EDIT, ID, KEY)
def delete_tag(args: SimpleNamespace) -> dict:
    """DeleteExperimentTag."""
    experiments.remove_tag(experiment_id(args.experiment_id), args.key, actor=current_actor())
    return {}
