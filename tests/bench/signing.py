"""What signing in costs a call: the same requests to a server without accounts and to one with them."""

import base64
import statistics
import time

from app import create_app
from app.accounts import accounts
from app.authz.actors import LOCAL_USER
from app.authz.levels import Level
from app.authz.permissions import Area
from app.db.transactions import db, transaction
from app.settings.settings import Settings
from app.sharing import token_models
from tests.bench import report, servers
from tests.bench.connections import Connection
from tests.bench.filling import Size, fill_registry
from tests.bench.report import Verdict
from tests.bench.world import World, request

PASSWORD = "correct horse battery staple"
BURST = 20


def _small(n: int) -> str:
    return f"model-{n % 250:03}"


def _version(n: int, path: str, **fields):
    return request("POST", f"model-versions/{path}", {"name": _small(n), "version": "2", **fields})


CALLS = (
    ("version", lambda n: request("GET", "model-versions/get", {"name": _small(n), "version": "3"})),
    ("model", lambda n: request("GET", "registered-models/get", {"name": _small(n)})),
    (
        "latest versions",
        lambda n: request("GET", "registered-models/get-latest-versions", {"name": _small(n)}),
    ),
    ("100 models", lambda _n: request("GET", "registered-models/search", {"max_results": 100})),
    ("set a tag", lambda n: _version(n, "set-tag", key="note", value=str(n))),
    (
        "move a version",
        lambda n: _version(n, "transition-stage", stage=("Staging", "Archived")[n // 250 % 2]),
    ),
)


def run(*, quick: bool) -> list[Verdict]:
    """Print, for each way to sign in, each call's time as a multiple of its time without signing in."""
    report.heading("Signing in")
    rounds = 6 if quick else 25
    with servers.greenroom() as open_, servers.greenroom() as closed:
        for server in (open_, closed):
            fill_registry(World(server), Size(big=100))
        ways = _make_a_team(closed)
        wait_until_closed(closed)
        lines = {"nobody": Connection(open_.url, kept=True)}
        lines |= {way: Connection(closed.url, kept=True, headers=header) for way, header in ways.items()}
        rows, worst = [], 0.0
        for name, make in CALLS:
            medians = _measure(lines, make, rounds)
            base = medians.pop("nobody")
            worst = max(worst, *(median / base for median in medians.values()))
            rows.append((name, f"{base:.2f}", *(f"{median / base:.2f}" for median in medians.values())))
        report.table(("call", "without, ms", *ways), rows)
        return [report.verdict("signing in at most 1.1 times the call without", worst, 1.1, at_most=True)]


def _measure(lines: dict[str, Connection], make, rounds: int) -> dict[str, float]:
    """Each way's median in milliseconds. They go round one way and the other, and change nothing twice."""
    taken: dict[str, list[float]] = {way: [] for way in lines}
    ways = list(enumerate(lines))
    for turn in range(rounds):
        ways.append(ways.pop(0))
        for place, way in ways if turn % 2 else reversed(ways):
            line = lines[way]
            for n in range(BURST):
                # Each way has models of its own: 250 is a multiple of how many ways there are.
                answer = line.send(make((turn * BURST + n) * len(lines) + place))
                if answer.status != 200:
                    raise RuntimeError(f"{way} got {answer.status}: {answer.data[:200]!r}")
                taken[way].append(answer.seconds)
    return {way: statistics.median(times) * 1000 for way, times in taken.items()}


def _make_a_team(server: servers.Server) -> dict[str, str]:
    """Accounts in the server's database: the header that signs each in, by a name for the way."""
    assert server.database is not None
    app = create_app(Settings.from_environ({"GREENROOM_INSTANCE": str(server.database.parent)}))
    with app.app_context(), transaction():
        anna = accounts.create("anna", password=PASSWORD, is_admin=True, actor=LOCAL_USER)
        ben = accounts.create("ben", actor=LOCAL_USER)
        everywhere = accounts.create("cleo", actor=LOCAL_USER)
        _let(ben.id, everywhere.id)
        secrets = [
            token_models.create(one.id, "bench", actor=LOCAL_USER)[1] for one in (anna, ben, everywhere)
        ]
    with app.app_context():
        db.engine.dispose()
    basic = base64.b64encode(f"anna:{PASSWORD}".encode()).decode()
    return {
        "administrator's token": f"Authorization: Bearer {secrets[0]}\r\n",
        "token, rights on each model": f"Authorization: Bearer {secrets[1]}\r\n",
        "token, rights on all": f"Authorization: Bearer {secrets[2]}\r\n",
        "password": f"Authorization: Basic {basic}\r\n",
    }


def _let(on_each: int, on_all: int) -> None:
    """Let one account manage each model by a right of its own, the other all of them by one right."""
    from sqlalchemy import insert, literal, select

    from app.authz.tables import Grant
    from app.registry.queries import MODEL

    grant = Grant.__table__
    rows = select(literal("models"), MODEL.id, literal(on_each), literal(int(Level.MANAGE)))
    db.session.execute(insert(grant).from_select(["area", "model_id", "account_id", "level"], rows))
    db.session.execute(
        insert(grant).values(area=Area.MODELS.value, account_id=on_all, level=int(Level.MANAGE))
    )


def wait_until_closed(server: servers.Server) -> None:
    """Until the running process has seen that there are accounts, which it looks for once a second."""
    line = Connection(server.url, kept=False)
    until = time.monotonic() + 10
    while line.send(CALLS[0][1](0)).status != 401:
        if time.monotonic() > until:
            raise RuntimeError("the server does not ask for signing in")
