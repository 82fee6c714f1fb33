"""Whatever people and tokens try, clients are served in Production, and by @champion, only what was approved.

A course of random steps over the doors that everybody with an account has. What may be served is worked out by the
test from what it did itself: which bytes a version had when whom approved them. A plain reader looks after each step.
"""

import hashlib
import os
from collections import defaultdict
from itertools import count

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from app.approvals import rollback
from app.artifacts import parse, store
from app.authz.levels import Level
from app.authz.permissions import Scope
from app.core.errors import GreenroomError
from app.db.transactions import db, transaction
from app.registry import versions
from app.registry.tables import RegisteredModel
from app.sharing import token_models
from app.stages import model_names, restore_version
from tests.factories.accounts import make_account
from tests.support.answers import FILES
from tests.support.part_uploads import mpu, send_parts
from tests.support.team import Person, Team, make_team_at_the_doors

PRODUCTION = "Production"
REVIEWERS = ("rev1", "rev2", "rev3")
PEOPLE = ("root", "owner", "editor", *REVIEWERS, "oncall", "stranger")
TOKENS = ("owner", "owner-write", "owner-manage", "rev1-by-root", "robot")
# Those who may do much come up often.
EVERYBODY = st.sampled_from(
    [*PEOPLE, *TOKENS, "owner", "owner", "editor", "editor", "root", "owner-manage", "rev3"]
)
MODELS = st.sampled_from(["churn", "churn", "other", "third"])
NUMBERS = st.sampled_from([1, 1, 2, 3])
BYTES = st.sampled_from([b"good", b"bad", b"worse"])
ALIASES = st.sampled_from(["champion", "best"])
EXAMPLES = int(os.environ.get("ATTACKERS_COURSE_EXAMPLES", "30"))


class AttackersCourse(RuleBasedStateMachine):
    """Three names, of which models come and go; runs whose files change; a rule that two reviewers must agree."""

    team: Team
    numbers = count()

    def __init__(self):
        super().__init__()
        self.prefix = f"c{next(self.numbers)}-"
        self.approvals_needed = 2
        # What reviewers approved: by name, bytes and request, who did; and what had enough of them.
        self.given = defaultdict(set)
        self.allowed = defaultdict(set)
        self.authors = {}
        self.asked_by = {}
        self.uploads = []

    # What is done

    @initialize()
    def begin(self):
        self.experiment = self.ask("root", "experiments/create", name=f"{self.prefix}lab").json[
            "experiment_id"
        ]
        self.team.give(
            Level.EDIT, *map(self.person, ("owner", "editor", "robot", "rev3")), experiment=self.experiment
        )
        self.runs = []
        for data in (b"good", b"bad"):
            info = self.ask("owner", "runs/create", experiment_id=self.experiment, start_time=1).json["run"][
                "info"
            ]
            self.runs.append((info["run_id"], info["artifact_uri"].removeprefix("mlflow-artifacts:/")))
            self.put("owner", len(self.runs) - 1, "model/weights", data)
            self.ask("owner", "runs/update", run_id=info["run_id"], status="FINISHED")
        for name in ("churn", "other"):
            self.create_model("owner", name)
        self.set_rules(2)
        self.register("owner", "churn", 0, "model")
        self.register("editor", "churn", 1, "model")
        self.register("owner", "other", 1, "model")
        self.have_it_approved("churn", 1, [])
        self.set_alias("owner", "churn", "champion", 1)
        assert self.served("churn") == {1}

    def person(self, name: str) -> Person:
        return self.team.people[name]

    def ask(self, who, path, method="POST", /, **fields):
        answer = self.person(who).ask(method, path, **fields)
        assert answer.status_code < 500, (path, answer.text)
        return answer

    def full(self, name):
        return f"{self.prefix}{name}"

    def act(self, name, verb, *arguments, **values):
        """Does what a form of the pages does, which has no call."""
        try:
            self.team.do(name.split("-")[0], verb, *arguments, **values)
        except GreenroomError:
            return False
        return True

    @rule(
        approvals=st.sampled_from([1, 2, 2, 3]),
        who=st.sampled_from(["root", "owner", "owner-manage", "rev1"]),
    )
    def change_rule(self, approvals, who):
        fields = {"approvals": approvals, "must_ask": True, "approver_groups": ["reviewers"]}
        if self.ask(who, "/api/2.0/greenroom/rules", "PUT", stage=PRODUCTION, **fields).status_code == 200:
            assert who == "root"
            self.approvals_needed = approvals

    def set_rules(self, approvals):
        fields = {
            "approvals": approvals,
            "must_ask": True,
            "approver_groups": ["reviewers"],
            "emergency_groups": ["oncall"],
        }
        assert (
            self.ask("root", "/api/2.0/greenroom/rules", "PUT", stage=PRODUCTION, **fields).status_code == 200
        )
        bound = {"alias": "champion", "bound_to": PRODUCTION}
        assert self.ask("root", "/api/2.0/greenroom/rules", "PUT", **bound).status_code == 200

    @rule(who=EVERYBODY, name=MODELS)
    def create_model(self, who, name):
        if (
            self.ask(who, "registered-models/create", name=self.full(name)).status_code == 200
            and who == "owner"
        ):
            self.team.give(Level.MANAGE, self.person("editor"), model=self.full(name))
            self.team.give(Level.READ, *map(self.person, ("rev1", "rev2", "oncall")), model=self.full(name))
            self.team.give(Level.EDIT, self.person("rev3"), model=self.full(name))

    @rule(
        who=EVERYBODY,
        run=st.sampled_from([0, 1]),
        file=st.sampled_from(["model/weights", "model/more"]),
        data=BYTES,
    )
    def put(self, who, run, file, data):
        self.answer(self.person(who).send("PUT", f"{FILES}artifacts/{self.runs[run][1]}/{file}", data=data))

    @staticmethod
    def answer(answer):
        assert answer.status_code < 500, answer.text
        return answer

    @rule(who=EVERYBODY, run=st.sampled_from([0, 1]))
    def begin_upload(self, who, run):
        folder = f"{self.runs[run][1]}/model"
        answer = self.answer(mpu(self.person(who), "create", folder, num_parts=1))
        if answer.status_code == 200:
            self.uploads.append(
                (who, folder, answer.json["upload_id"], send_parts(self.person(who), answer.json))
            )

    @rule()
    def finish_uploads(self):
        for who, folder, upload, parts in self.uploads:
            self.answer(mpu(self.person(who), "complete", folder, upload_id=upload, parts=parts))
        self.uploads.clear()

    @rule(who=EVERYBODY, run=st.sampled_from([0, 1]), what=st.sampled_from(["", "/model", "/model/weights"]))
    def delete_files(self, who, run, what):
        self.answer(self.person(who).send("DELETE", f"{FILES}artifacts/{self.runs[run][1]}{what}"))

    @rule(who=EVERYBODY, run=st.sampled_from([0, 1]))
    def delete_run(self, who, run):
        self.ask(who, "runs/delete", run_id=self.runs[run][0])
        self.ask("owner", "runs/restore", run_id=self.runs[run][0])

    @rule(who=EVERYBODY, run=st.sampled_from([0, 1]), value=st.sampled_from([0.5, 0.9]))
    def log_metric(self, who, run, value):
        self.ask(who, "runs/log-metric", run_id=self.runs[run][0], key="auc", value=value, timestamp=1)

    @rule(
        who=EVERYBODY,
        name=MODELS,
        run=st.sampled_from([0, 1]),
        below=st.sampled_from(["model", "model/weights", ""]),
    )
    def register(self, who, name, run, below):
        run_id = self.runs[run][0]
        source = f"runs:/{run_id}/{below}".rstrip("/")
        self.made(
            who,
            name,
            self.ask(who, "model-versions/create", name=self.full(name), source=source, run_id=run_id),
        )

    @rule(who=EVERYBODY, name=MODELS, of=MODELS, number=NUMBERS)
    def copy_version(self, who, name, of, number):
        source = f"models:/{self.full(of)}/{number}"
        self.made(who, name, self.ask(who, "model-versions/create", name=self.full(name), source=source))

    def made(self, who, name, answer):
        if answer.status_code == 200:
            key = self.key(name)
            self.authors[key, int(answer.json["model_version"]["version"])] = who.split("-")[0]

    def key(self, name):
        with self.team.app.app_context(), transaction(read_only=True):
            query = db.session.query(RegisteredModel.id).filter_by(name=self.full(name), deleted_at=None)
            return query.scalar()

    @rule(who=EVERYBODY, name=MODELS, number=NUMBERS)
    def request(self, who, name, number):
        fields = {"name": self.full(name), "version": str(number), "stage": PRODUCTION}
        if self.ask(who, "transition-requests/create", **fields).status_code == 200:
            self.asked_by.setdefault((self.key(name), number), set()).add(who.split("-")[0])

    @rule(who=st.sampled_from([*REVIEWERS, *PEOPLE, *TOKENS]), name=MODELS, number=NUMBERS)
    def approve(self, who, name, number):
        key, content = self.key(name), self.content(name, number)
        fields = {"name": self.full(name), "version": str(number), "stage": PRODUCTION}
        if self.ask(who, "transition-requests/approve", **fields).status_code == 200:
            assert who in REVIEWERS, f"an approval of {who} was taken"
            assert who != self.authors.get((key, number)), "the author's own approval was taken"
            given = self.given[name, key, number, content]
            given.add(who)
            # With several requests each counts those who did not ask; one of them has to have enough.
            counts = max(len(given - {asker}) for asker in self.asked_by[key, number])
            if counts >= self.approvals_needed:
                self.allowed[name].add(content)

    @rule(
        name=MODELS,
        number=NUMBERS,
        between=st.lists(
            st.sampled_from(["upload", "finish", "metric", "rename", "delete", "copy", "root"]), max_size=2
        ),
    )
    def have_it_approved(self, name, number, between):
        """Two reviewers approve, and somebody does something in between."""
        attacks = {
            "upload": lambda: self.put("editor", 0, "model/weights", b"bad"),
            "finish": self.finish_uploads,
            "metric": lambda: self.log_metric("owner", 0, 0.1),
            "rename": lambda: (self.rename("owner", name, "third"), self.rename("owner", "other", name)),
            "delete": lambda: (self.delete_model("owner", name), self.restore_model("owner", name)),
            "copy": lambda: self.copy_version("owner", name, "other", 1),
            "root": lambda: self.approve("root", name, number),
        }
        asker = "editor" if self.authors.get((self.key(name), number)) == "owner" else "owner"
        self.request(asker, name, number)
        self.approve("rev1", name, number)
        for attack in between:
            attacks[attack]()
        for who in ("rev2", "rev3"):
            self.approve(who, name, number)

    @rule(name=MODELS, asker=st.sampled_from(["rev3", "owner"]))
    def approve_own(self, name, asker):
        """A reviewer makes a version, and approves it, whoever asked for that."""
        self.register("rev3", name, 0, "model")
        key = self.key(name)
        number = max((number for of, number in self.authors if of == key), default=1)
        self.request(asker, name, number)
        self.approve("rev3", name, number)

    @rule(
        who=EVERYBODY, name=MODELS, number=NUMBERS, stage=st.sampled_from([PRODUCTION, "Archived", "Staging"])
    )
    def move(self, who, name, number, stage):
        fields = {"name": self.full(name), "version": str(number), "stage": stage}
        fields["archive_existing_versions"] = stage == PRODUCTION
        self.ask(who, "model-versions/transition-stage", **fields)

    @rule(who=st.sampled_from(["oncall", "rev1", "owner", "root"]), name=MODELS, number=NUMBERS)
    def roll_back(self, who, name, number):
        self.act(who, rollback.roll_back, self.full(name), number, PRODUCTION, reason="It is down")

    @rule(who=EVERYBODY, name=MODELS, alias=ALIASES, number=NUMBERS)
    def set_alias(self, who, name, alias, number):
        self.ask(who, "registered-models/alias", name=self.full(name), alias=alias, version=str(number))

    @rule(who=EVERYBODY, name=MODELS, alias=ALIASES)
    def remove_alias(self, who, name, alias):
        self.ask(who, "registered-models/alias", "DELETE", name=self.full(name), alias=alias)

    @rule(who=EVERYBODY, name=MODELS, to=MODELS)
    def rename(self, who, name, to):
        is_held = bool(self.served(name))
        answer = self.ask(who, "registered-models/rename", name=self.full(name), new_name=self.full(to))
        if answer.status_code == 200:
            # What was approved of the model goes with it, as long as nobody is served by the name so at once.
            if not is_held:
                self.allowed[to] |= self.allowed[name]
            self.given.update(
                {(to, *rest): who for (of, *rest), who in list(self.given.items()) if of == name}
            )

    @rule(who=EVERYBODY, name=MODELS)
    def delete_model(self, who, name):
        self.ask(who, "registered-models/delete", "DELETE", name=self.full(name))

    @rule(who=st.sampled_from(["root", "owner", "editor", "stranger"]), name=MODELS)
    def restore_model(self, who, name):
        with self.team.app.app_context(), transaction(read_only=True):
            query = db.session.query(RegisteredModel.id).filter(
                RegisteredModel.name == self.full(name), RegisteredModel.deleted_at.is_not(None)
            )
            keys = [key for (key,) in query]
        for key in keys:
            self.act(who, model_names.restore, key)

    @rule(who=EVERYBODY, name=MODELS, number=NUMBERS)
    def delete_version(self, who, name, number):
        self.ask(who, "model-versions/delete", "DELETE", name=self.full(name), version=str(number))

    @rule(who=st.sampled_from(["root", "owner", "editor"]), name=MODELS, number=NUMBERS)
    def restore_version(self, who, name, number):
        self.act(who, restore_version.restore, self.full(name), number)

    # What is seen

    def content(self, name, number):
        """What a client that loads the version would get: all paths with their bytes."""
        answer = self.ask(
            "root", "model-versions/get-download-uri", "GET", name=self.full(name), version=str(number)
        )
        if answer.status_code != 200:
            return None
        return self.bytes_at(answer.json["artifact_uri"], name, number)

    def bytes_at(self, uri, name, number):
        with self.team.app.app_context(), transaction(read_only=True):
            storage = versions.get(self.full(name), number).storage
            assert storage is not None, uri
            path = parse(storage)
            files = (
                [("", path)]
                if store().is_file(path)
                else [(below, path.joined(below)) for below, _size in store().walk(path, 100)]
            )
            digest = hashlib.sha256()
            for below, file in sorted(files, key=lambda pair: pair[0]):
                with store().open(file)[0] as opened:
                    digest.update(below.encode() + b"\0" + opened.read() + b"\0")
            return digest.hexdigest()

    def served(self, name):
        """The numbers of versions that clients get by models:/name/Production and models:/name@champion."""
        answer = self.ask(
            "root", "registered-models/get-latest-versions", "GET", name=self.full(name), stages=PRODUCTION
        )
        numbers = {int(one["version"]) for one in answer.json.get("model_versions", ())}
        pointed = self.ask("root", "registered-models/alias", "GET", name=self.full(name), alias="champion")
        if pointed.status_code == 200:
            numbers.add(int(pointed.json["model_version"]["version"]))
        return numbers

    @invariant()
    def only_what_was_approved_is_served(self):
        for name in ("churn", "other", "third"):
            for number in self.served(name):
                content = self.content(name, number)
                assert content in self.allowed[name], (
                    f"{name} version {number} is served and was not approved"
                )


@pytest.fixture
def team(app) -> Team:
    """The five at the doors, three reviewers, somebody on call, and tokens of all kinds."""
    team = make_team_at_the_doors(app)
    for name in (*REVIEWERS, "oncall"):
        team.add_with_token(name)
    team.group("reviewers", *REVIEWERS)
    team.group("oncall", "oncall")
    with app.app_context(), transaction():
        for name, scopes, maker in (
            ("owner-write", {Scope.WRITE}, "owner"),
            ("owner-manage", {Scope.WRITE, Scope.MANAGE}, "owner"),
            ("rev1-by-root", None, "root"),
        ):
            owner = name.split("-")[0]
            _row, secret = token_models.create(team.ids[owner], name, scopes=scopes, actor=team[maker])
            client = app.test_client(use_cookies=False)
            team.people[name] = Person(team.ids[owner], name, secret, client)
        team.ids["robot"] = make_account("robot", kind="service").id
        _row, secret = token_models.create(team.ids["robot"], "robot", actor=team["root"])
        team.people["robot"] = Person(team.ids["robot"], "robot", secret, app.test_client(use_cookies=False))
    return team


def test_only_what_was_approved_is_served(team):
    machine = type("Course", (AttackersCourse,), {"team": team})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES, stateful_step_count=50, suppress_health_check=list(HealthCheck)
        ),
    )
