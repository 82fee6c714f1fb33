"""The same data in Greenroom and in MLflow: models and versions straight into the tables, runs through the API."""

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tests.bench.world import World

START = 1_700_000_000_000
STAGES = ("None", "Staging", "Production", "Archived")
POINTS = 1000


class Size(NamedTuple):
    """How much is filled in."""

    models: int = 300
    versions: int = 5
    big: int = 5_000
    runs: int = 30


class Version(NamedTuple):
    """A version to fill in, the same on every server."""

    id: int
    model: int
    number: int
    stage: int
    source: str
    at: int


def model_names(size: Size) -> list[str]:
    """The models' names; the last one has many versions."""
    return [f"model-{n:03}" for n in range(size.models)] + ["big"]


def versions(size: Size) -> Iterator[Version]:
    """Every version of every model, with the number of its model counted from 1."""
    serial = 0
    for model, name in enumerate(model_names(size), 1):
        for number in range(1, (size.big if name == "big" else size.versions) + 1):
            serial += 1
            stage = {1: 3, 4: 1, 5: 2}.get(number, 0)
            yield Version(serial, model, number, stage, f"s3://models/{name}/{number}", START + serial)


def version_tags(serial: int) -> tuple[tuple[str, str], ...]:
    """The four tags of a version."""
    return (
        ("team", f"team-{serial % 10}"),
        ("framework", "sklearn"),
        ("validated", "yes" if serial % 2 else "no"),
        ("commit", f"{serial * 2654435761 % 2**32:08x}"),
    )


@contextlib.contextmanager
def database(path: Path) -> Iterator[sqlite3.Connection]:
    """The file of a running server, for one transaction."""
    connection = sqlite3.connect(path, timeout=60, isolation_level=None)
    try:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("BEGIN IMMEDIATE")
        yield connection
        connection.execute("COMMIT")
    finally:
        connection.close()


def fill_registry(world: World, size: Size) -> None:
    """Models, versions, tags and aliases. Each model has an alias `champion` at version 5.

    No statistics are made (ANALYZE): neither server ever has any where it is used.
    """
    assert world.server.database is not None
    with database(world.server.database) as db:
        (_into_greenroom if world.name == "Greenroom" else _into_mlflow)(db, size)


def _into_greenroom(db: sqlite3.Connection, size: Size) -> None:
    names = model_names(size)
    _insert(
        db,
        "registered_model",
        "id, name, created_at, updated_at, created_by, next_version",
        (
            (n, name, START, START + n, "bench", 1 + (size.big if name == "big" else size.versions))
            for n, name in enumerate(names, 1)
        ),
    )
    _insert(
        db,
        "model_tag",
        "model_id, key, value",
        ((n, key, value) for n in range(1, len(names) + 1) for key, value in version_tags(n)[:2]),
    )
    _insert(
        db,
        "model_version",
        "id, model_id, number, stage_id, source, created_at, updated_at, created_by",
        ((v.id, v.model, v.number, v.stage + 1, v.source, v.at, v.at, "bench") for v in versions(size)),
    )
    _insert(
        db,
        "version_tag",
        "version_id, key, value",
        ((v.id, *tag) for v in versions(size) for tag in version_tags(v.id)),
    )
    _insert(
        db,
        "alias",
        "model_id, name, version_id",
        ((v.model, "champion", v.id) for v in versions(size) if v.number == 5),
    )


def _into_mlflow(db: sqlite3.Connection, size: Size) -> None:
    names = model_names(size)
    _insert(
        db,
        "registered_models",
        "name, creation_time, last_updated_time, description",
        ((name, START, START + n, "") for n, name in enumerate(names, 1)),
    )
    _insert(
        db,
        "registered_model_tags",
        "name, key, value",
        ((name, *tag) for n, name in enumerate(names, 1) for tag in version_tags(n)[:2]),
    )
    _insert(
        db,
        "model_versions",
        "name, version, creation_time, last_updated_time, description, current_stage, source, run_id, "
        "status, run_link, storage_location",
        (
            (
                names[v.model - 1],
                v.number,
                v.at,
                v.at,
                "",
                STAGES[v.stage],
                v.source,
                "",
                "READY",
                "",
                v.source,
            )
            for v in versions(size)
        ),
    )
    _insert(
        db,
        "model_version_tags",
        "name, version, key, value",
        ((names[v.model - 1], v.number, *tag) for v in versions(size) for tag in version_tags(v.id)),
    )
    _insert(
        db,
        "registered_model_aliases",
        "name, alias, version",
        ((names[v.model - 1], "champion", 5) for v in versions(size) if v.number == 5),
    )


def _insert(db: sqlite3.Connection, table: str, columns: str, rows: Iterable[tuple]) -> None:
    marks = ", ".join("?" * len(columns.split(",")))
    db.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)


def fill_tracking(world: World, size: Size) -> None:
    """An experiment with runs that logged metrics, parameters and tags; one has a long history."""
    experiment = world.ask("POST", "experiments/create", {"name": "bench"})["experiment_id"]
    runs = [_run(world, experiment, n) for n in range(size.runs)]
    history = [metric(f"loss-{n % 2}", n) for n in range(POINTS)]
    world.ask("POST", "runs/log-batch", {"run_id": runs[0], "metrics": history})
    world.facts |= {"experiment": experiment, "runs": runs, "run": runs[0], "small_run": runs[1]}
    world.facts["models"] = [_logged_model(world, experiment, n) for n in range(5)]


def metric(key: str, step: int) -> dict[str, Any]:
    """A point to log."""
    return {"key": key, "value": 1 / (step + 1), "timestamp": START + step, "step": step}


def _run(world: World, experiment: str, n: int) -> str:
    made = world.ask(
        "POST", "runs/create", {"experiment_id": experiment, "run_name": f"run-{n}", "start_time": START + n}
    )
    run = made["run"]["info"]["run_id"]
    batch = {
        "run_id": run,
        "metrics": [metric(f"metric-{k}", n) for k in range(20)],
        "params": [{"key": f"param-{k}", "value": str(k * n)} for k in range(10)],
        "tags": [{"key": f"tag-{k}", "value": f"value {n}"} for k in range(5)],
    }
    world.ask("POST", "runs/log-batch", batch)
    return run


def _logged_model(world: World, experiment: str, n: int) -> str:
    body = {
        "experiment_id": experiment,
        "name": f"logged-{n}",
        "tags": [{"key": "kind", "value": "tree"}],
        "params": [{"key": "depth", "value": str(n)}],
    }
    return world.ask("POST", "logged-models", body)["model"]["info"]["model_id"]
