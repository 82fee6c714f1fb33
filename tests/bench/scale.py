"""A million versions, 200,000 of them in one model, beside a thousand: the same calls must cost the same."""

import contextlib
import math
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench import report, servers
from tests.bench.filling import START, Version, database, version_tags
from tests.bench.measuring import Effort, Lines, measure
from tests.bench.report import Verdict
from tests.bench.world import Call, World, request

SMALL, LARGE = (1_000, 200), (1_000_000, 200_000)  # versions in all, and in the one model
DOOMED = 100_000  # versions of the models that are deleted and renamed in the large database
MODELS = 100


def run(*, quick: bool) -> list[Verdict]:
    """Print each call's time on both databases, and what deleting and renaming cost."""
    total, big = (100_000, 20_000) if quick else LARGE
    doomed = DOOMED // 10 if quick else DOOMED
    report.heading(f"{total:,} versions ({big:,} in one model) beside {SMALL[0]:,}")
    with (
        _filled(*SMALL, doomed=10) as small,
        _filled(total, big, doomed=doomed) as large,
        servers.empty() as floor,
    ):
        # The first is called Greenroom and the second MLflow only in the table's making.
        worlds = [World(large), World(small)]
        lines = Lines(worlds, floor.url, kept=True)
        rows = []
        for call in (*_calls(), *_changes()):
            result, refused = measure(call, lines, Effort(rounds=3 if "100 models" in call.name else 8))
            report.show_refused(refused)
            if result.greenroom and result.mlflow:
                rows.append((call.name, result.greenroom, result.mlflow))
    shown = [(name, f"{ours:.2f}", f"{small:.2f}", f"{ours / small:.2f}") for name, ours, small in rows]
    report.table(("call", "large ms", "small ms", "times"), shown)
    return _judge(rows, total)


def _judge(rows: list[tuple[str, float, float]], total: int) -> list[Verdict]:
    times = {name: large / small for name, large, small in rows}
    changes = {call.name: times.pop(call.name) for call in _changes() if call.name in times}
    first = next((large for name, large, _small in rows if name == "first page of versions"), math.inf)
    return [
        _worst(f"{total:,} versions at most 1.5 times {SMALL[0]:,}, deep pages too", times),
        report.verdict("a model's first page of versions under 100 ms", first, 100, at_most=True, note=" ms"),
        _worst("deleting or renaming a model of 100,000 versions as quick as one of ten", changes),
    ]


def _worst(wanted: str, times: dict[str, float]) -> Verdict:
    name, worst = max(times.items(), key=lambda pair: pair[1])
    return report.verdict(wanted, worst, 1.5, at_most=True, note=f" ({name})")


@contextlib.contextmanager
def _filled(total: int, big: int, *, doomed: int) -> Iterator[servers.Server]:
    """A Greenroom with models of equal size, one big one, and others to delete and rename."""
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as name,
        filled(Path(name), total, big, doomed) as server,
    ):
        yield servers.Server("Greenroom" if total > SMALL[0] else "MLflow", server.url, server.database)


@contextlib.contextmanager
def filled(instance: Path, total: int, big: int, doomed: int = 10) -> Iterator[servers.Server]:
    """A Greenroom on a new instance with so many versions, `big` of them in one model."""
    with servers.greenroom(instance=instance) as server:  # makes the schema
        assert server.database is not None
    with database(server.database) as db:
        _fill(db, total, big, doomed)
    with servers.greenroom(instance=instance) as server:
        yield server


def _fill(db: Any, total: int, big: int, doomed: int) -> None:
    each = (total - big) // MODELS
    names = [("big", big), *((f"model-{n:03}", each) for n in range(MODELS))]
    names += [("doomed", doomed), ("renamed-0", doomed)]
    serial = 0
    for model, (name, count) in enumerate(names, 1):
        db.execute(
            "INSERT INTO registered_model (id, name, created_at, updated_at, created_by, next_version) "
            "VALUES (?, ?, ?, ?, 'bench', ?)",
            (model, name, START, START + model, count + 1),
        )
        rows = [
            Version(serial + n, model, n, n % 4, f"s3://models/{name}/{n}", START + serial + n)
            for n in range(1, count + 1)
        ]
        serial += count
        db.executemany(
            "INSERT INTO model_version (id, model_id, number, stage_id, source, created_at, updated_at, created_by) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, 'bench')",
            ((v.id, v.model, v.number, v.stage + 1, v.source, v.at, v.at) for v in rows),
        )
        db.executemany(
            "INSERT INTO version_tag (version_id, key, value) VALUES (?, ?, ?)",
            ((v.id, *tag) for v in rows for tag in version_tags(v.id)),
        )
        if name.startswith(("big", "model-")):
            db.execute("INSERT INTO alias VALUES (?, 'champion', ?)", (model, rows[-1].id))


def _get(label: str, path: str, **fields: Any) -> Call:
    return Call(label, lambda _world, _n: request("GET", path, fields))


def _deep(order: str, field: str = ""):
    """The page that begins behind most of the rows: tokens are made by walking, so walk in large steps."""

    def make(world: World, _n: int):
        fields = {"max_results": 25, "order_by": order, **({"filter": field} if field else {})}
        if (order, field) not in world.facts:
            token = None
            for _ in range(20):
                step = {**fields, "max_results": 8_000}
                answer = world.get(
                    "model-versions/search", {**step, **({"page_token": token} if token else {})}
                )
                if "next_page_token" not in answer:
                    break
                token = answer["next_page_token"]
            world.facts[(order, field)] = token
        token = world.facts[(order, field)]
        return request("GET", "model-versions/search", {**fields, **({"page_token": token} if token else {})})

    return make


def _calls() -> tuple[Call, ...]:
    one = {"name": "big", "version": "150"}
    page: dict[str, Any] = {"max_results": 25}
    return (
        _get("model", "registered-models/get", name="big"),
        _get("version", "model-versions/get", **one),
        _get("version by alias", "registered-models/alias", name="big", alias="champion"),
        _get("latest in stages", "registered-models/get-latest-versions", name="big"),
        _get("first page of versions", "model-versions/search", filter="name='big'", **page),
        _get(
            "versions, newest number first",
            "model-versions/search",
            filter="name='big'",
            order_by="version_number DESC",
            **page,
        ),
        _get("versions, all models, last change first", "model-versions/search", **page),
        _get(
            "versions, all models, newest first",
            "model-versions/search",
            order_by="creation_timestamp DESC",
            **page,
        ),
        _get("versions, all models, by number", "model-versions/search", order_by="version_number", **page),
        _get("versions of one author", "model-versions/search", filter="author='bench'", **page),
        _get(
            "versions of models whose names begin so",
            "model-versions/search",
            filter="name LIKE 'model-0%'",
            **page,
        ),
        _get("versions by one tag", "model-versions/search", filter="tags.team='team-3'", **page),
        Call("deep page of the model", _deep("version_number DESC", "name='big'")),
        Call("deep page of all", _deep("last_updated_timestamp DESC")),
        Call("deep page of all, by creation", _deep("creation_timestamp DESC")),
        _get("100 models", "registered-models/search", max_results=100),
        Call(
            "set alias",
            lambda _w, n: request(
                "POST",
                "registered-models/alias",
                {"name": "big", "alias": "moved", "version": str(1 + n % 200)},
            ),
        ),
        Call(
            "set tag",
            lambda _w, n: request("POST", "model-versions/set-tag", {**one, "key": "note", "value": str(n)}),
        ),
        Call(
            "create version",
            lambda _w, n: request("POST", "model-versions/create", {"name": "big", "source": f"s3://x/{n}"}),
        ),
        Call(
            "transition",
            lambda _w, n: request(
                "POST", "model-versions/transition-stage", {**one, "stage": ("Staging", "Production")[n % 2]}
            ),
        ),
    )


def _delete(world: World, _n: int):
    """Delete the same model again and again: it is brought back behind the server's back."""
    assert world.server.database is not None
    with database(world.server.database) as db:
        db.execute("UPDATE registered_model SET deleted_at = NULL WHERE name = 'doomed'")
    return request("DELETE", "registered-models/delete", {"name": "doomed"})


def _changes() -> tuple[Call, ...]:
    """Changes of a model with many versions on the one side and ten on the other."""
    return (
        Call(
            "rename a model",
            lambda _w, n: request(
                "POST", "registered-models/rename", {"name": f"renamed-{n}", "new_name": f"renamed-{n + 1}"}
            ),
        ),
        Call("delete a model", _delete),
    )
