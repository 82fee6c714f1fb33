"""What the server takes for each page there is, asked for by an administrator where there are 1,000 models."""

import statistics
from collections import defaultdict
from typing import Any

from app import create_app
from app.accounts import accounts, groups
from app.authz.actors import LOCAL_USER
from app.db.transactions import db, transaction
from app.http.application import Greenroom
from app.settings.settings import Settings
from app.sharing import token_models
from tests.bench import filling, report, servers
from tests.bench.connections import Connection, Request
from tests.bench.filling import Size
from tests.bench.signing import wait_until_closed
from tests.bench.world import World
from tests.support import routes

MOST_MS = 15
NAME, OWNER, READER, GROUP = "one-of-everything", "anna", "ben", "risk"
VERSIONS = 5
# Pages of more than one, and of the largest model, that no route is walked with.
MORE = (
    "/models?size=100",
    "/models?q=sklearn",
    "/models?q=tags.team+%3D+%27team-1%27",
    "/models?sort=name",
    "/models/big",
    "/models/big?stage=Archived",
    "/models/big?q=sklearn",
    "/models/big/versions/5000",
    "/compare?versions=big:1&versions=big:5000&versions=model-001:1&versions=model-002:2",
    f"/compare?versions={NAME}:1&versions={NAME}:2",
    "/compare-runs?runs={run}&runs={other run}",
    "/runs/{run}?folder=model",
)


def run(size: Size, *, rounds: int) -> list[report.Verdict]:
    """Print the median of each page's time, the slowest first; a page that is not there is named below."""
    report.heading(
        f"Every page, for an administrator: {size.models:,} models, the median of {rounds} answers"
    )
    with servers.greenroom() as server:
        world = World(server)
        filling.fill_registry(world, size)
        filling.fill_tracking(world, size)
        found = _add_one_of_everything(world)
        assert server.database is not None
        app = create_app(Settings.from_environ({"GREENROOM_INSTANCE": str(server.database.parent)}))
        line = Connection(server.url, kept=True, headers=_add_team(app, found))
        wait_until_closed(server)
        times, elsewhere = [], []
        for path in _paths(app, found):
            answers = [line.send(Request("GET", path)) for _ in range(rounds + 2)][2:]
            if all(answer.status == 200 for answer in answers):
                times.append((statistics.median(one.seconds * 1000 for one in answers), path))
            else:
                elsewhere.append(f"{path} ({answers[-1].status})")
    times.sort(reverse=True)
    report.table(("page", "ms"), [(path, f"{ms:.1f}") for ms, path in times])
    print(f"{len(times)} pages. Not measured, as they answer otherwise: {', '.join(elsewhere) or 'none'}.\n")
    wanted = f"the server's time at most {MOST_MS} ms for each of {len(times)} pages"
    return [report.verdict(wanted, times[0][0], MOST_MS, at_most=True, note=f" ms ({times[0][1]})")]


def _paths(app: Greenroom, found: dict[str, str]) -> list[str]:
    """The addresses of all pages, each once; files that are taken along are none."""
    walked = [
        call.path
        for call in routes.calls(app, defaultdict(str, found))  # what is sent to no page is left out
        if call.is_page and call.method == "GET" and not call.path.endswith((".csv", ".json"))
    ]
    return list(dict.fromkeys([*walked, *(path.format(**found) for path in MORE)]))


def _add_one_of_everything(world: World) -> dict[str, str]:
    """A model of five versions with all that can hang on one; the names and ids that routes are walked with."""
    first, other = world.facts["runs"][:2]
    experiment = str(world.facts["experiment"])
    found = {
        "name": NAME,
        "experiment": experiment,
        "experiment name": "bench",
        "run": first,
        "other run": other,
        "model": world.facts["models"][0],
        "alias": "champion",
        "tag": "team",
        "metric": "metric-0",
        "asked stage": "Production",
        "reader": READER,
        "owner": OWNER,
        "group": GROUP,
        "folder": f"{experiment}/{first}/artifacts",
        "deleted comment": "2",
    }
    found["file"] = f"{found['folder']}/model/MLmodel"
    put = Request("PUT", f"/api/2.0/mlflow-artifacts/artifacts/{found['file']}", body={"flavors": {}})
    assert Connection(world.server.url, kept=False).send(put).status == 200
    _ask(world, "registered-models/create", name=NAME, description="What it is *for*.")
    for number in range(1, VERSIONS + 1):
        run_id = world.facts["runs"][number - 1]
        _ask(world, "model-versions/create", name=NAME, source=f"runs:/{run_id}/model", run_id=run_id)
        _ask(
            world,
            "model-versions/transition-stage",
            name=NAME,
            version=str(number),
            stage="Staging",
            archive_existing_versions=True,
        )
    _ask(world, "registered-models/alias", name=NAME, alias="champion", version="2")
    this: dict[str, Any] = {"name": NAME, "version": "1"}
    _ask(world, "transition-requests/create", **this, stage="Production", comment="Better by far.")
    _ask(world, "comments/create", **this, comment="Is it?")
    made = _ask(world, "comments/create", **this, comment="Never mind.")
    world.ask("DELETE", "comments/delete", {"id": made["comment"]["id"]})
    _ask(world, "registered-models/create", name="retired")
    world.ask("DELETE", "registered-models/delete", {"name": "retired"})
    return found


def _ask(world: World, path: str, **fields: Any) -> Any:
    return world.ask("POST", path, fields)


def _add_team(app: Greenroom, found: dict[str, str]) -> str:
    """Accounts, a group and a token; the header that signs the administrator in."""
    with app.app_context(), transaction():
        owner = accounts.create(OWNER, is_admin=True, actor=LOCAL_USER)
        accounts.create(READER, actor=LOCAL_USER)
        groups.create(GROUP, actor=LOCAL_USER)
        token, secret = token_models.create(owner.id, "bench", actor=LOCAL_USER)
        found["token"] = str(token.id)
    with app.app_context():
        db.engine.dispose()
    return f"Authorization: Bearer {secret}\r\n"
