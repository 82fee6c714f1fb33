"""What went into a run and what came out of it: data sets and models."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Generic, NamedTuple

import orjson
from sqlalchemy import Column, Executable, Select, bindparam, insert, literal, select

from app.authz.actors import Actor
from app.core.ids import LoggedModelId
from app.db.statements import RowT, Statement, each_of, narrow
from app.db.transactions import upsert
from app.tracking import datasets, names, runs
from app.tracking.datasets import DatasetRow
from app.tracking.errors import OutputStepChanged
from app.tracking.runs import RunDetails
from app.tracking.tables import Dataset, DatasetInput, DatasetInputTag, RunModel

MAX_TAG_KEY_LENGTH = 255
MAX_TAG_VALUE_LENGTH = 500
MAX_MODEL_ID_LENGTH = 64

DATASET = Dataset.__table__.c
INPUT = DatasetInput.__table__.c
TAG = DatasetInputTag.__table__.c
MODEL = RunModel.__table__.c


def _insert_input() -> Executable:
    return upsert(DatasetInput.__table__).on_conflict_do_nothing().returning(INPUT.id)


def _insert_model() -> Executable:
    return upsert(RunModel.__table__).on_conflict_do_nothing()


_INSERT_INPUT = Statement(_insert_input, columns=("run_id", "dataset_id"))
_INSERT_MODEL = Statement(_insert_model, columns=("run_id", "direction", "model_id", "step"))
_INSERT_TAG = Statement(insert(DatasetInputTag.__table__), columns=("dataset_input_id", "key", "value"))
_OUTPUT_STEPS = Statement(
    select(MODEL.model_id, MODEL.step).where(
        MODEL.run_id == bindparam("run_id"), MODEL.direction == literal("output")
    )
)


class DatasetInputRow(NamedTuple):
    """A data set that a run used, and what the run says about that use."""

    dataset: DatasetRow
    tags: Mapping[str, str]


class ModelRow(NamedTuple):
    """A model that a run used or made, by the id that clients know; `step` is 0 for one it used."""

    model_id: LoggedModelId
    step: int = 0


class RunInputs(NamedTuple):
    """All that went into and came out of one run, in the order in which it was logged."""

    dataset_inputs: list[DatasetInputRow]
    model_inputs: list[ModelRow]
    model_outputs: list[ModelRow]


def log_inputs(
    uuid: str, *, inputs: Sequence[DatasetInputRow] = (), models: Sequence[ModelRow] = (), actor: Actor
) -> None:
    """Notes the data sets and models that a run used; what it noted before stays as it is.

    Raises `RunNotFound`, `PermissionDenied`, `RunIsDeleted`, or `InvalidParameter` for what is too long.
    """
    names.check_run_id(uuid)
    for used in inputs:
        datasets.check(used.dataset)
        for key, value in used.tags.items():
            names.check_length("key", MAX_TAG_KEY_LENGTH, key)
            names.check_length("value", MAX_TAG_VALUE_LENGTH, value)
    _check_models(models)
    run = runs.writable(uuid, actor=actor)
    if inputs:
        _put_inputs(run.id, run.experiment_id, inputs)
    if models:
        _put_models(run.id, "input", models)


def log_outputs(uuid: str, models: Sequence[ModelRow], *, actor: Actor) -> None:
    """Notes the models that a run made, each at one step; the same again does no harm.

    Raises `RunNotFound`, `PermissionDenied`, `RunIsDeleted`, or `OutputStepChanged`.
    """
    _check_models(models)
    run = runs.writable(uuid, actor=actor)
    if not models:
        return
    _put_models(run.id, "output", models)
    steps = _OUTPUT_STEPS.mapping(run_id=run.id)
    for model in models:
        if steps[model.model_id] != model.step:
            raise OutputStepChanged(model.model_id, uuid, steps[model.model_id])


def _check_models(models: Sequence[ModelRow]) -> None:
    for model in models:
        names.check_length("model_id", MAX_MODEL_ID_LENGTH, model.model_id)


def _put_inputs(run_id: int, experiment_id: int, inputs: Sequence[DatasetInputRow]) -> None:
    for used in inputs:
        dataset_id = datasets.put(experiment_id, used.dataset)
        # None where the run noted this data set before: then its first note counts, as with MLflow.
        key = _INSERT_INPUT.scalar(run_id=run_id, dataset_id=dataset_id)
        if key is not None and used.tags:
            _INSERT_TAG.run_many(
                [{"dataset_input_id": key, "key": name, "value": value} for name, value in used.tags.items()]
            )


def _put_models(run_id: int, direction: str, models: Sequence[ModelRow]) -> None:
    _INSERT_MODEL.run_many(
        [{"run_id": run_id, "direction": direction, **model._asdict()} for model in models]
    )


def of_runs(run_ids: Collection[int]) -> dict[int, RunInputs]:
    """Returns what went into and came out of the runs with these surrogate keys, in at most three statements."""
    inputs = {run_id: RunInputs([], [], []) for run_id in run_ids}
    if not inputs:
        return inputs
    tags: dict[int, dict[str, str]] = {}
    for used in _DATASETS.rows(run_ids):
        tags[used.input_id] = {}
        dataset = DatasetInputRow(narrow(used, DatasetRow), tags[used.input_id])
        inputs[used.run_id].dataset_inputs.append(dataset)
    # Apart from the data sets, whose profiles may be long and would come once a tag.
    for tag in _TAGS.rows(run_ids) if tags else ():
        if tag.dataset_input_id in tags:
            tags[tag.dataset_input_id][tag.key] = tag.value
    for model in _MODELS.rows(run_ids):
        of_run = inputs[model.run_id]
        models = of_run.model_inputs if model.direction == "input" else of_run.model_outputs
        models.append(narrow(model, ModelRow))
    return inputs


def of_details(details: Collection[RunDetails]) -> dict[int, RunInputs]:
    """Returns the same for runs that were read with `has_inputs`; nothing is asked where there is nothing."""
    inputs = {run.run.id: RunInputs([], [], []) for run in details}
    inputs |= of_runs([run.run.id for run in details if run.has_inputs])
    return inputs


class _OfRuns(Generic[RowT]):
    """A statement on rows of runs, with a form for one run, which is the common case."""

    def __init__(self, query: Select[Any], run_id: Column[int], row: type[RowT]):
        self._of_one = Statement(query.where(run_id == bindparam("run_id")), row)
        self._of_many = Statement(lambda: query.where(run_id.in_(each_of("run_ids", int))), row)

    def rows(self, run_ids: Collection[int]) -> list[RowT]:
        """Returns the rows of these runs."""
        if len(run_ids) == 1:
            return self._of_one.rows(run_id=next(iter(run_ids)))
        return self._of_many.rows(run_ids=orjson.dumps(list(run_ids)).decode())


class _ModelOfRun(NamedTuple):
    run_id: int
    direction: str
    model_id: LoggedModelId
    step: int


class _DatasetOfRun(NamedTuple):
    input_id: int
    run_id: int
    name: str
    digest: str
    source_type: str
    source: str
    schema: str | None
    profile: str | None


class _TagOfDataset(NamedTuple):
    dataset_input_id: int
    key: str
    value: str


_MODELS = _OfRuns(
    select(MODEL.run_id, MODEL.direction, MODEL.model_id, MODEL.step).order_by(MODEL.id),
    MODEL.run_id,
    _ModelOfRun,
)
_DATASETS = _OfRuns(
    select(INPUT.id.label("input_id"), INPUT.run_id, *(DATASET[name] for name in DatasetRow._fields))
    .join(Dataset.__table__, DATASET.id == INPUT.dataset_id)
    .order_by(INPUT.id),
    INPUT.run_id,
    _DatasetOfRun,
)
_TAGS = _OfRuns(
    select(TAG.dataset_input_id, TAG.key, TAG.value)
    .join(DatasetInput.__table__, INPUT.id == TAG.dataset_input_id)
    .order_by(TAG.key),
    INPUT.run_id,
    _TagOfDataset,
)
