"""Every call of the registry, on models of five versions and on one of thousands."""

from tests.bench.connections import Request
from tests.bench.world import Call, World, request


def _small(n: int) -> str:
    return f"model-{n % 250:03}"


def _get(path: str, **fields):
    return lambda _world, _n: request("GET", path, fields)


def _new_model(world: World, prefix: str) -> str:
    name = f"{prefix}-{world.serial(prefix)}"
    world.ask("POST", "registered-models/create", {"name": name})
    return name


def _new_version(world: World, name: str) -> str:
    made = world.ask("POST", "model-versions/create", {"name": name, "source": "s3://models/x"})
    return made["model_version"]["version"]


def _create_model(_world: World, n: int) -> Request:
    tags = [{"key": f"k{i}", "value": "v"} for i in range(4)]
    return request("POST", "registered-models/create", {"name": f"new-{n}", "tags": tags})


def _rename(world: World, n: int) -> Request:
    if n == 0:
        world.ask("POST", "registered-models/create", {"name": "name-0"})
        for _ in range(5):
            _new_version(world, "name-0")
    return request("POST", "registered-models/rename", {"name": f"name-{n}", "new_name": f"name-{n + 1}"})


def _update_model(_world: World, n: int) -> Request:
    return request("PATCH", "registered-models/update", {"name": _small(n), "description": f"text {n}"})


def _delete_model(world: World, _n: int) -> Request:
    name = _new_model(world, "doomed")
    _new_version(world, name)
    return request("DELETE", "registered-models/delete", {"name": name})


def _set_model_tag(_world: World, n: int) -> Request:
    return request("POST", "registered-models/set-tag", {"name": _small(n), "key": "note", "value": str(n)})


def _delete_model_tag(world: World, n: int) -> Request:
    world.ask("POST", "registered-models/set-tag", {"name": _small(n), "key": "gone", "value": "x"})
    return request("DELETE", "registered-models/delete-tag", {"name": _small(n), "key": "gone"})


def _set_alias(name: str, versions: int):
    def make(_world: World, n: int) -> Request:
        return request(
            "POST",
            "registered-models/alias",
            {"name": name, "alias": "moved", "version": str(1 + n % versions)},
        )

    return make


def _delete_alias(world: World, n: int) -> Request:
    world.ask("POST", "registered-models/alias", {"name": _small(n), "alias": "gone", "version": "2"})
    return request("DELETE", "registered-models/alias", {"name": _small(n), "alias": "gone"})


def _create_version(name: str):
    tags = [{"key": f"k{i}", "value": "v"} for i in range(4)]
    return lambda _world, n: request(
        "POST", "model-versions/create", {"name": name, "source": f"s3://models/x/{n}", "tags": tags}
    )


def _update_version(_world: World, n: int) -> Request:
    return request(
        "PATCH", "model-versions/update", {"name": _small(n), "version": "3", "description": f"text {n}"}
    )


def _transition(name: str, *, archive: bool):
    def make(_world: World, n: int) -> Request:
        stage = ("Production", "Staging")[n % 2]
        fields = {"name": name, "version": "2", "stage": stage, "archive_existing_versions": archive}
        return request("POST", "model-versions/transition-stage", fields)

    return make


def _delete_version(world: World, _n: int) -> Request:
    number = _new_version(world, "model-260")
    return request("DELETE", "model-versions/delete", {"name": "model-260", "version": number})


def _set_version_tag(name: str):
    def make(_world: World, n: int) -> Request:
        return request(
            "POST", "model-versions/set-tag", {"name": name, "version": "3", "key": "note", "value": str(n)}
        )

    return make


def _delete_version_tag(world: World, n: int) -> Request:
    world.ask(
        "POST", "model-versions/set-tag", {"name": _small(n), "version": "3", "key": "gone", "value": "x"}
    )
    return request("DELETE", "model-versions/delete-tag", {"name": _small(n), "version": "3", "key": "gone"})


MODEL = {"name": "model-042"}
VERSION = {"name": "model-042", "version": "3"}
BIG = {"name": "big"}

CALLS = (
    Call("registered-models/create", _create_model),
    Call("registered-models/get", _get("registered-models/get", **MODEL), point=True),
    Call(
        "registered-models/get, 5,000 versions", _get("registered-models/get", **BIG), point=True, grows=True
    ),
    Call("registered-models/rename", _rename),
    Call("registered-models/update", _update_model),
    Call("registered-models/delete", _delete_model),
    Call("registered-models/search, 100", _get("registered-models/search", max_results=100), grows=True),
    Call(
        "registered-models/search, by name",
        _get("registered-models/search", filter="name ILIKE '%L-01%'", max_results=100),
    ),
    Call(
        "registered-models/search, by tag",
        _get("registered-models/search", filter="tags.team = 'team-3'", max_results=100),
    ),
    Call(
        "registered-models/get-latest-versions",
        _get("registered-models/get-latest-versions", **MODEL),
        point=True,
    ),
    Call(
        "registered-models/get-latest-versions, in a stage",
        _get("registered-models/get-latest-versions", **MODEL, stages="Production"),
        point=True,
    ),
    Call(
        "registered-models/get-latest-versions, 5,000 versions",
        _get("registered-models/get-latest-versions", **BIG),
        point=True,
        grows=True,
    ),
    Call("registered-models/set-tag", _set_model_tag),
    Call("registered-models/delete-tag", _delete_model_tag),
    Call("registered-models/alias, set", _set_alias("model-043", 5)),
    Call("registered-models/alias, set, 5,000 versions", _set_alias("big", 5000), grows=True),
    Call(
        "registered-models/alias, get", _get("registered-models/alias", **MODEL, alias="champion"), point=True
    ),
    Call(
        "registered-models/alias, get, 5,000 versions",
        _get("registered-models/alias", **BIG, alias="champion"),
        point=True,
    ),
    Call("registered-models/alias, delete", _delete_alias),
    Call("model-versions/create", _create_version("model-261")),
    Call("model-versions/create, 5,000 versions", _create_version("big")),
    Call("model-versions/get", _get("model-versions/get", **VERSION), point=True),
    Call("model-versions/get, 5,000 versions", _get("model-versions/get", **BIG, version="250"), point=True),
    Call("model-versions/update", _update_version),
    Call("model-versions/transition-stage", _transition("model-044", archive=False)),
    Call("model-versions/transition-stage, archiving", _transition("model-045", archive=True)),
    Call("model-versions/transition-stage, 5,000 versions", _transition("big", archive=False)),
    Call("model-versions/delete", _delete_version),
    Call("model-versions/get-download-uri", _get("model-versions/get-download-uri", **VERSION), point=True),
    Call("model-versions/search, of a model", _get("model-versions/search", filter="name='model-042'")),
    Call("model-versions/search, of 5,000", _get("model-versions/search", filter="name='big'"), grows=True),
    Call("model-versions/search, 100", _get("model-versions/search", max_results=100)),
    Call(
        "model-versions/search, three tags",
        _get(
            "model-versions/search",
            max_results=100,
            filter="tags.team='team-3' AND tags.framework='sklearn' AND tags.validated='yes'",
        ),
    ),
    Call("model-versions/set-tag", _set_version_tag("model-046")),
    Call("model-versions/set-tag, 5,000 versions", _set_version_tag("big"), grows=True),
    Call("model-versions/delete-tag", _delete_version_tag),
)
