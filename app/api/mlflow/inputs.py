"""Calls on what goes into runs and comes out of them: data sets and models."""

from types import SimpleNamespace

from app.api.errors import IdsMissing, TooManyIds
from app.api.fields import TAGS, Item, Text, Whole
from app.api.mlflow.logged_models import once
from app.api.presenters.inputs import present_summary
from app.api.routing import call
from app.authz.permissions import Permission
from app.http.application import current_actor
from app.tracking import datasets, inputs, names
from app.tracking.datasets import DatasetRow
from app.tracking.inputs import DatasetInputRow, ModelRow

EDIT = Permission.EXPERIMENTS_EDIT

# MLflow's limit on the experiments of one search for data sets.
MAX_EXPERIMENTS = 20

RUN = Text(name="run_id", required=True)
DATASET = Item(
    Text(name="name", default=""),
    Text(name="digest", default=""),
    Text(name="source_type", default=""),
    Text(name="source", default=""),
    Text(name="schema"),
    Text(name="profile"),
    name="dataset",
    default=SimpleNamespace(**DatasetRow("", "")._asdict()),
)
MODEL_ID = Text(name="model_id", default="")


@call(
    "POST",
    "/mlflow/runs/log-inputs",
    EDIT,
    RUN,
    Item(TAGS, DATASET, name="datasets", many=True, default=()),
    Item(MODEL_ID, name="models", many=True, default=()),
)
def log_inputs(args: SimpleNamespace) -> dict:
    """LogInputs."""
    dataset_inputs = [
        DatasetInputRow(DatasetRow(**vars(dataset_input.dataset)), once("tags", dataset_input.tags))
        for dataset_input in args.datasets
    ]
    models = [ModelRow(model.model_id) for model in args.models]
    inputs.log_inputs(args.run_id, inputs=dataset_inputs, models=models, actor=current_actor())
    return {}


@call(
    "POST",
    "/mlflow/runs/outputs",
    EDIT,
    RUN,
    Item(MODEL_ID, Whole(name="step", default=0), name="models", required=True, many=True),
)
def log_outputs(args: SimpleNamespace) -> dict:
    """LogOutputs."""
    models = [ModelRow(model.model_id, model.step) for model in args.models]
    inputs.log_outputs(args.run_id, models, actor=current_actor())
    return {}


@call(
    "POST",
    "/mlflow/experiments/search-datasets",
    Permission.EXPERIMENTS_READ,
    Text(name="experiment_ids", many=True, default=()),
    reads=True,
)
def search_datasets(args: SimpleNamespace) -> dict:
    """SearchDatasets."""
    ids = args.experiment_ids
    if not ids:
        raise IdsMissing("SearchDatasets", "experiment_ids")
    if len(ids) > MAX_EXPERIMENTS:
        raise TooManyIds("SearchDatasets", MAX_EXPERIMENTS, len(ids), "experiment_ids")
    summaries = datasets.summaries([names.experiment_id(text) for text in ids])
    return {"dataset_summaries": [present_summary(row) for row in summaries]} if summaries else {}
