"""What went into a run and what came out of it: data sets and models."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import select

from app.accounts.actors import Actor
from app.database import db, upsert
from app.errors import InvalidParameter
from app.tracking import datasets, names, runs
from app.tracking.children import in_parts
from app.tracking.datasets import DatasetRow
from app.tracking.extra_models import Dataset, DatasetInput, DatasetInputTag, RunModel

LONGEST_TAG_KEY = 255
LONGEST_TAG_VALUE = 500
LONGEST_MODEL_ID = 64


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

    Raises `NotFound`, or `InvalidParameter` for a deleted run and for what is too long.
    """
    names.check_run_id(uuid)
    for one in inputs:
        datasets.check(one.dataset)
        for key, value in one.tags.items():
            names.check_length("key", LONGEST_TAG_KEY, key)
            names.check_length("value", LONGEST_TAG_VALUE, value)
    _check_models(models)
    run = runs.writable(uuid)
    if inputs:
        _put_inputs(run.id, run.experiment_id, inputs)
    if models:
        _put_models(run.id, "input", models)


def log_outputs(uuid: str, models: Sequence[ModelRow], *, actor: Actor) -> None:
    """Note the models that a run made, each at one step; the same again does no harm.

    Raises `NotFound`, or `InvalidParameter` for a deleted run and for another step than before.
    """
    _check_models(models)
    run = runs.writable(uuid)
    if not models:
        return
    _put_models(run.id, "output", models)
    query = select(RunModel.model_id, RunModel.step).where(
        RunModel.run_id == run.id, RunModel.direction == "output"
    )
    steps = dict(db.session.execute(query).all())
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
    # Of data sets with the same name and digest the first counts, as with MLflow.
    firsts = {one.dataset[:2]: one for one in reversed(inputs)}
    firsts = {name: firsts[name] for name in dict.fromkeys(one.dataset[:2] for one in inputs)}
    ids = datasets.put(experiment_id, [one.dataset for one in firsts.values()])
    table = DatasetInput.__table__
    statement = upsert(table).on_conflict_do_nothing().returning(table.c.dataset_id, table.c.id)
    rows = [{"run_id": run_id, "dataset_id": ids[name]} for name in firsts]
    new = dict(db.session.execute(statement, rows).all())
    tags = [
        {"dataset_input_id": new[ids[name]], "key": key, "value": value}
        for name, one in firsts.items()
        if ids[name] in new
        for key, value in one.tags.items()
    ]
    if tags:
        db.session.execute(upsert(DatasetInputTag.__table__), tags)


def _put_models(run_id: int, direction: str, models: Sequence[ModelRow]) -> None:
    rows = [{"run_id": run_id, "direction": direction, **model._asdict()} for model in models]
    db.session.execute(upsert(RunModel.__table__).on_conflict_do_nothing(), rows)


def of_runs(run_ids: Collection[int]) -> dict[int, RunInputs]:
    """What went into and came out of the runs with these surrogate keys, in at most three statements."""
    found = {run_id: RunInputs([], [], []) for run_id in run_ids}
    for some in in_parts(found):
        _read_datasets(some, found)
        query = select(RunModel.run_id, RunModel.direction, RunModel.model_id, RunModel.step)
        for run_id, direction, *model in db.session.execute(
            query.where(RunModel.run_id.in_(some)).order_by(RunModel.id)
        ):
            inputs = found[run_id]
            (inputs.model_inputs if direction == "input" else inputs.model_outputs).append(ModelRow(*model))
    return found


def _read_datasets(run_ids: list[int], found: Mapping[int, RunInputs]) -> None:
    query = select(
        DatasetInput.id, DatasetInput.run_id, Dataset.name, Dataset.digest, Dataset.source_type,
        Dataset.source, Dataset.schema, Dataset.profile,
    )  # fmt: skip
    query = query.join(Dataset, Dataset.id == DatasetInput.dataset_id).where(DatasetInput.run_id.in_(run_ids))
    tags: dict[int, dict[str, str]] = {}
    for key, run_id, *dataset in db.session.execute(query.order_by(DatasetInput.id)):
        tags[key] = {}
        found[run_id].dataset_inputs.append(DatasetInputRow(DatasetRow(*dataset), tags[key]))
    if not tags:
        return
    # Apart from the data sets, whose profiles may be long and would come once a tag.
    query = select(DatasetInputTag.dataset_input_id, DatasetInputTag.key, DatasetInputTag.value)
    query = query.join(DatasetInput, DatasetInput.id == DatasetInputTag.dataset_input_id)
    query = query.where(DatasetInput.run_id.in_(run_ids)).order_by(DatasetInputTag.key)
    for input_key, key, value in db.session.execute(query):
        if input_key in tags:
            tags[input_key][key] = value
