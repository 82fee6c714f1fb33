"""What went into a run and what came out of it: data sets and models."""

import functools
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Column, Row, Select, bindparam, insert, literal, select

from app.authz.actors import Actor
from app.core.errors import InvalidParameter
from app.db.statements import Statement
from app.db.transactions import db, in_parts, upsert
from app.tracking import datasets, names, runs
from app.tracking.datasets import DatasetRow
from app.tracking.runs import RunDetails
from app.tracking.tables import Dataset, DatasetInput, DatasetInputTag, RunModel

LONGEST_TAG_KEY = 255
LONGEST_TAG_VALUE = 500
LONGEST_MODEL_ID = 64

DATASET = Dataset.__table__.c
INPUT = DatasetInput.__table__.c
TAG = DatasetInputTag.__table__.c
MODEL = RunModel.__table__.c

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

    model_id: str
    step: int = 0


class RunInputs(NamedTuple):
    """All that went into and came out of one run, in the order in which it was logged."""

    dataset_inputs: list[DatasetInputRow]
    model_inputs: list[ModelRow]
    model_outputs: list[ModelRow]


def log_inputs(
    uuid: str, *, inputs: Sequence[DatasetInputRow] = (), models: Sequence[ModelRow] = (), actor: Actor
) -> None:
    """Note the data sets and models that a run used; what it noted before stays as it is.

    Raises `NotFound`, `PermissionDenied`, or `InvalidParameter` for a deleted run and for what is too long.
    """
    names.check_run_id(uuid)
    for one in inputs:
        datasets.check(one.dataset)
        for key, value in one.tags.items():
            names.check_length("key", LONGEST_TAG_KEY, key)
            names.check_length("value", LONGEST_TAG_VALUE, value)
    _check_models(models)
    run = runs.writable(uuid, actor=actor)
    if inputs:
        _put_inputs(run.id, run.experiment_id, inputs)
    if models:
        _put_models(run.id, "input", models)


def log_outputs(uuid: str, models: Sequence[ModelRow], *, actor: Actor) -> None:
    """Note the models that a run made, each at one step; the same again does no harm.

    Raises `NotFound`, `PermissionDenied`, or `InvalidParameter` for a deleted run and for another step
    than before.
    """
    _check_models(models)
    run = runs.writable(uuid, actor=actor)
    if not models:
        return
    _put_models(run.id, "output", models)
    steps = dict(_OUTPUT_STEPS.rows(run_id=run.id))  # type: ignore[arg-type]
    for model in models:
        if steps[model.model_id] != model.step:
            raise InvalidParameter(
                f"Model '{model.model_id}' was already logged as an output of run '{uuid}' at step "
                f"{steps[model.model_id]}."
            )


def _check_models(models: Sequence[ModelRow]) -> None:
    for model in models:
        names.check_length("model_id", LONGEST_MODEL_ID, model.model_id)


def _put_inputs(run_id: int, experiment_id: int, inputs: Sequence[DatasetInputRow]) -> None:
    dialect = db.engine.dialect.name
    for one in inputs:
        dataset_id = datasets.put(experiment_id, one.dataset)
        # None where the run noted this data set before: then its first note counts, as with MLflow.
        key = _insert_input(dialect).scalar(run_id=run_id, dataset_id=dataset_id)
        if key is not None and one.tags:
            rows = [
                {"dataset_input_id": key, "key": name, "value": value} for name, value in one.tags.items()
            ]
            _INSERT_TAG.run_many(rows)


def _put_models(run_id: int, direction: str, models: Sequence[ModelRow]) -> None:
    rows = [{"run_id": run_id, "direction": direction, **model._asdict()} for model in models]
    _insert_model(db.engine.dialect.name).run_many(rows)


@functools.cache
def _insert_input(_dialect: str) -> Statement:
    statement = upsert(DatasetInput.__table__).on_conflict_do_nothing().returning(INPUT.id)
    return Statement(statement, columns=("run_id", "dataset_id"))


@functools.cache
def _insert_model(_dialect: str) -> Statement:
    statement = upsert(RunModel.__table__).on_conflict_do_nothing()
    return Statement(statement, columns=("run_id", "direction", "model_id", "step"))


def of_runs(run_ids: Collection[int]) -> dict[int, RunInputs]:
    """What went into and came out of the runs with these surrogate keys, in at most three statements."""
    found = {run_id: RunInputs([], [], []) for run_id in run_ids}
    for some in in_parts(found):
        _read_datasets(some, found)
        for run_id, direction, *model in _MODELS.rows(some):
            inputs = found[run_id]
            (inputs.model_inputs if direction == "input" else inputs.model_outputs).append(ModelRow(*model))
    return found


def of_details(found: Collection[RunDetails]) -> dict[int, RunInputs]:
    """The same for runs that were read with `has_inputs`, which nothing is asked about where there is nothing."""
    about = {one.run.id: RunInputs([], [], []) for one in found}
    about |= of_runs([one.run.id for one in found if one.has_inputs])
    return about


def _read_datasets(run_ids: list[int], found: Mapping[int, RunInputs]) -> None:
    tags: dict[int, dict[str, str]] = {}
    for key, run_id, *dataset in _DATASETS.rows(run_ids):
        tags[key] = {}
        found[run_id].dataset_inputs.append(DatasetInputRow(DatasetRow(*dataset), tags[key]))
    # Apart from the data sets, whose profiles may be long and would come once a tag.
    for input_key, key, value in _TAGS.rows(run_ids) if tags else ():
        if input_key in tags:
            tags[input_key][key] = value


class _OfRuns:
    """A statement on rows of runs, compiled once for the case of one run."""

    def __init__(self, query: Select, run_id: Column):
        self.query = query
        self.run_id = run_id
        self.of_one = Statement(query.where(run_id == bindparam("run_id")))

    def rows(self, run_ids: list[int]) -> Iterable[Row]:
        if len(run_ids) == 1:
            return self.of_one.rows(run_id=run_ids[0])
        return db.session.execute(self.query.where(self.run_id.in_(run_ids)))


_MODELS = _OfRuns(
    select(MODEL.run_id, MODEL.direction, MODEL.model_id, MODEL.step).order_by(MODEL.id), MODEL.run_id
)
_DATASETS = _OfRuns(
    select(INPUT.id, INPUT.run_id, *(DATASET[name] for name in DatasetRow._fields))
    .join(Dataset.__table__, DATASET.id == INPUT.dataset_id)
    .order_by(INPUT.id),
    INPUT.run_id,
)
_TAGS = _OfRuns(
    select(TAG.dataset_input_id, TAG.key, TAG.value)
    .join(DatasetInput.__table__, INPUT.id == TAG.dataset_input_id)
    .order_by(TAG.key),
    INPUT.run_id,
)
