"""A few models of one installation in another: new keys for their rows, and new places for their files.

Ids that clients know (of runs and logged models) stay; numbers that only the database knows are given anew. People
stay as their names: an account of the same name here may be somebody else. Experiments and stages are found by name.
"""

from collections import defaultdict
from collections.abc import Callable
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import Table, insert, select

from app.artifacts.paths import ArtifactPath, parse
from app.artifacts.uris import experiment_root, from_uri, to_uri
from app.core.errors import GreenroomError
from app.db.transactions import Base, connection
from app.exporting import contents
from app.exporting.errors import DamagedExport, InstallationInUse, ModelNameTaken, StageMissing
from app.exporting.export import Progress
from app.exporting.upgraded import Rows

AT_ONCE = 500  # rows
STAGE = "stage"  # the kind of those that versions hold; others are names of aliases and tags with a rule

_TABLES = Base.metadata.tables

# Columns that say where a row's files are: addresses, or paths below the artifact root.
_PLACES = {
    "run": ("artifact_uri",),
    "logged_model": ("artifact_uri",),
    "model_version": ("location", "storage"),
    "version_manifest": ("storage",),
}

# What tells rows apart beside the key that the database gave them.
_NATURAL_KEYS = {"dataset": ("experiment_id", "name", "digest")}

Parts = tuple[str, ...]


class Plan(NamedTuple):
    """What is here already, by the keys of the export, and where folders of the export go."""

    experiments: dict[int, int]
    runs: dict[int, int]
    logged_models: dict[int, int]
    stages: dict[int, int]
    new_stages: set[int]
    places: dict[Parts, Parts]
    locations: dict[int, str]
    kept: set[Parts]

    def new_path(self, path: str) -> str:
        """Returns where the file or folder of that path goes."""
        parts = tuple(path.split("/"))
        for depth in range(len(parts), 0, -1):
            if (place := self.places.get(parts[:depth])) is not None:
                return "/".join(place + parts[depth:])
        return path

    def is_kept(self, path: str) -> bool:
        """Returns whether the path lies in a run or logged model that is here already, which nothing is added to."""
        parts = tuple(path.split("/"))
        return any(parts[:depth] in self.kept for depth in range(1, len(parts) + 1))

    def new_place(self, place: str | None) -> str | None:
        """Returns the same of a path or of one of our addresses; other places stay as they are."""
        path = _path_of(place)
        if path is None or place is None:
            return place
        moved = self.new_path(str(path))
        return to_uri(parse(moved)) if ":" in place else moved


_RUNS: Callable[[Plan], dict[int, int]] = attrgetter("runs")
_LOGGED: Callable[[Plan], dict[int, int]] = attrgetter("logged_models")
_EXPERIMENTS: Callable[[Plan], dict[int, int]] = attrgetter("experiments")

# What describes one run, logged model or experiment: the column that says which, and those that are here already.
_OWNERS = {
    **dict.fromkeys(("run_tag", "param", "metric", "run_model", "dataset_input"), ("run_id", _RUNS)),
    **{f"logged_model_{name}": ("logged_model_id", _LOGGED) for name in ("metric", "param", "tag")},
    "experiment_tag": ("experiment_id", _EXPERIMENTS),
}


def plan(rows: Rows, export: str) -> Plan:
    """Returns how the export's rows go with what is here, in the running transaction.

    Raises `ModelNameTaken`, `StageMissing`, `InstallationInUse`.
    """
    _check_names(rows)
    made = Plan({}, {}, {}, *_stages(rows), {}, {}, set())
    _place_experiments(rows, export, made)
    for table, key, known in (("run", "uuid", made.runs), ("logged_model", "model_id", made.logged_models)):
        _find_existing(rows, table, key, known, made)
    return made


def _check_names(rows: Rows) -> None:
    model, former = _TABLES["registered_model"].c, _TABLES["former_name"].c
    for row in rows.of(_TABLES["registered_model"]):
        for column in (model.name, former.name):
            if connection().execute(select(column).where(column == row["name"]).limit(1)).first() is not None:
                raise ModelNameTaken(row["name"])


def _stages(rows: Rows) -> tuple[dict[int, int], set[int]]:
    """Returns the stages that are here, and those to add: removed ones, and names of aliases, that history needs."""
    stage = _TABLES["stage"].c
    here = {
        (row.kind, row.name): row.id
        for row in connection().execute(
            select(stage.id, stage.kind, stage.name).where(stage.removed_at.is_(None))
        )
    }
    needed = {
        row[column]
        for name in ("model_version", "stage_interval", "transition_request")
        for row in rows.of(_TABLES[name])
        for column in ("stage_id", "from_stage_id")
        if column in row
    }
    found, new = {}, set()
    for row in rows.of(_TABLES["stage"]):
        if row["removed_at"] is None and (known := here.get((row["kind"], row["name"]))) is not None:
            found[row["id"]] = known
        elif row["id"] in needed:
            if row["kind"] == STAGE and row["removed_at"] is None:
                raise StageMissing(row["name"])
            new.add(row["id"])
    return found, new


def _place_experiments(rows: Rows, export: str, made: Plan) -> None:
    experiment = _TABLES["experiment"].c
    for row in rows.of(_TABLES["experiment"]):
        old = _path_of(row["artifact_location"] or experiment_root(row["id"]))
        here = (
            connection()
            .execute(
                select(experiment.id, experiment.artifact_location).where(experiment.name == row["name"])
            )
            .first()
        )
        if here is not None:
            made.experiments[row["id"]] = here.id
            root = _path_of(here.artifact_location or experiment_root(here.id))
            if root is None and old is not None:
                raise InstallationInUse(f"an experiment named {row['name']!r} whose files are elsewhere")
        else:
            root = None if old is None else ArtifactPath(("imported", export, str(row["id"])))
            if root is not None:
                made.locations[row["id"]] = to_uri(root)
        if old is not None and root is not None:
            made.places[old.parts] = root.parts


def _find_existing(rows: Rows, name: str, key: str, known: dict[int, int], made: Plan) -> None:
    table = _TABLES[name]
    for row in rows.of(table):
        here = (
            connection()
            .execute(select(table.c.id, table.c.artifact_uri).where(table.c[key] == row[key]))
            .first()
        )
        if here is None:
            continue
        known[row["id"]] = here.id
        old, new = _path_of(row["artifact_uri"]), _path_of(here.artifact_uri)
        if old is not None and new is not None:
            made.places[old.parts] = new.parts
            made.kept.add(old.parts)


class _Keys(NamedTuple):
    """The keys that rows of the export have here, by table, and those of rows that were not added."""

    here: dict[str, dict[int, int]]
    dropped: dict[str, set[int]]


def load(rows: Rows, made: Plan, progress: Progress) -> dict[str, int]:
    """Adds the export's rows in the running transaction; returns how many of each table."""
    known = {
        "experiment": dict(made.experiments),
        "run": dict(made.runs),
        "logged_model": dict(made.logged_models),
        "stage": dict(made.stages),
    }
    keys = _Keys(defaultdict(dict, known), defaultdict(set))
    counts = {}
    for table in contents.tables():
        count = sum(_add(table, batch, keys, made) for batch in rows.batches(table, AT_ONCE))
        if count:
            counts[table.name] = count
            progress(table.name, count)
    return counts


def _add(table: Table, batch: list[dict[str, Any]], keys: _Keys, made: Plan) -> int:
    if [column.name for column in table.primary_key.columns] != ["id"]:
        rows = [changed for row in batch if (changed := _changed(table, row, keys, made)) is not None]
        return _add_missing(table, rows)
    known, new = keys.here[table.name], []
    for row in batch:
        if row["id"] in known:
            continue
        changed = _changed(table, row, keys, made)
        if changed is None:
            keys.dropped[table.name].add(row["id"])
        elif (here := _same(table, changed)) is not None:
            known[row["id"]] = here
        else:
            del changed["id"]
            new.append((row["id"], changed))
    if new:
        given = connection().execute(
            insert(table).returning(table.c.id, sort_by_parameter_order=True), [row for _old, row in new]
        )
        known.update(zip((old for old, _row in new), given.scalars(), strict=True))
    return len(new)


def _same(table: Table, row: dict[str, Any]) -> int | None:
    """Returns the key of the row that is here already under another key than that of the database."""
    names = _NATURAL_KEYS.get(table.name)
    if names is None:
        return None
    query = select(table.c.id).where(*(table.c[name] == row[name] for name in names))
    return connection().execute(query).scalar()


def _add_missing(table: Table, rows: list[dict[str, Any]]) -> int:
    """Adds rows whose keys are not given by the database; a manifest may be here already, and is the same then."""
    if table.name == "manifest":
        keys = [row["key"] for row in rows]
        here = set(connection().execute(select(table.c.key).where(table.c.key.in_(keys))).scalars())
        rows = [row for row in rows if row["key"] not in here]
    if rows:
        connection().execute(insert(table), rows)
    return len(rows)


def _changed(table: Table, row: dict[str, Any], keys: _Keys, made: Plan) -> dict[str, Any] | None:
    """Returns the row with the keys and places that it has here; None where it is not added.

    What describes a run, a logged model or an experiment that is here already is here already, too.
    """
    if table.name == STAGE and row["id"] not in made.new_stages:
        return None
    owner = _OWNERS.get(table.name)
    if owner is not None and row[owner[0]] in owner[1](made):
        return None
    changed = dict(row)
    for column in table.columns:
        value, target = row[column.name], _target_of(table, column)
        if (table.name, column.name) in contents.ACCOUNTS:
            changed[column.name] = None
        elif target is not None and value is not None:
            if value in keys.dropped[target]:
                return None
            here = keys.here[target].get(value)
            if here is None and (table.name, column.name) not in contents.SOFT_REFERENCES:
                raise DamagedExport(f"{table.name}.jsonl", f"{column.name} {value!r} is no row of {target}")
            changed[column.name] = here
    for name in _PLACES.get(table.name, ()):
        changed[name] = made.new_place(row[name])
    if table.name == "experiment":
        changed["artifact_location"] = made.locations.get(row["id"], row["artifact_location"])
    return changed


def _target_of(table: Table, column: Any) -> str | None:
    """Returns the table with numbered rows that the column refers to."""
    for reference in column.foreign_keys:
        if reference.column.name == "id":
            return reference.column.table.name
    return contents.SOFT_REFERENCES.get((table.name, column.name))


def _path_of(place: str | None) -> ArtifactPath | None:
    try:
        if not place:
            return None
        return from_uri(place) if ":" in place else parse(place)
    except GreenroomError:
        return None
