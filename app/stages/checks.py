"""Checks: what programs report of a version, each under its own name, like the statuses of a commit."""

import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from sqlalchemy import Executable, bindparam, func, select

from app import manifests
from app.audit import recorder
from app.audit.recorder import Kind
from app.authz.actors import Actor
from app.authz.permissions import Permission
from app.core import clock
from app.core.key_rules import check_length
from app.db.statements import Statement, each_of
from app.db.transactions import upsert
from app.manifests.tables import ManifestOfVersion
from app.registry import access, queries
from app.stages.errors import CheckOfOtherFiles, InvalidCheckLink, InvalidCheckName, InvalidCheckState
from app.stages.tables import CHECK_STATES, Check

CHECK = Check.__table__.c
MAX_NAME_LENGTH = 100
MAX_LINK_LENGTH = 2_000
MAX_SUMMARY_LENGTH = 2_000
_VALUES = ("state", "link", "summary", "at", "actor", "actor_id", "content_key")


class CheckRow(NamedTuple):
    """What was last reported of a version under a name; `reported_state` is pending, passed or failed.

    `content_key` stands for the files that it was reported of, `present_key` for those of the version now.
    """

    version_id: int
    name: str
    reported_state: str
    link: str | None
    summary: str | None
    at: int
    actor: str
    actor_id: int | None = None
    content_key: str | None = None
    present_key: str | None = None

    @property
    def is_of_present_files(self) -> bool:
        """Whether it was reported of the files that the version has."""
        return self.content_key == self.present_key

    @property
    def state(self) -> str:
        """What it says of the version: pending where it was reported of other files."""
        return self.reported_state if self.is_of_present_files else "pending"


class CheckReporter(NamedTuple):
    """Who alone reports a check: the account, or the members of the group, that was called `name` then."""

    check: str
    name: str
    account_id: int | None = None
    group_id: int | None = None


_MANIFEST = ManifestOfVersion.__table__.c
_CHECKS = (
    select(
        CHECK.version_id,
        CHECK.name,
        CHECK.state.label("reported_state"),
        CHECK.link,
        CHECK.summary,
        CHECK.at,
        CHECK.actor,
        CHECK.actor_id,
        CHECK.content_key,
        func.coalesce(_MANIFEST.manifest_key, _MANIFEST.reported_digest).label("present_key"),
    )
    .select_from(Check.__table__)
    .outerjoin(ManifestOfVersion.__table__, _MANIFEST.version_id == CHECK.version_id)
    .order_by(CHECK.name)
)
_OF_VERSION = Statement(_CHECKS.where(CHECK.version_id == bindparam("version_id")), CheckRow)
_OF_VERSIONS = Statement(lambda: _CHECKS.where(CHECK.version_id.in_(each_of("version_ids", int))), CheckRow)
_STATE = Statement(
    # Locked as it is read, so that of two reports at once the later one replaces what the other left.
    select(CHECK.state)
    .where(CHECK.version_id == bindparam("version_id"), CHECK.name == bindparam("name"))
    .with_for_update()
)


def _upsert() -> Executable:
    # Not as an object: two programs may report the same check for the first time at the same moment.
    new = upsert(Check.__table__)
    values = {name: new.excluded[name] for name in _VALUES}
    return new.on_conflict_do_update(index_elements=["version_id", "name"], set_=values)


_UPSERT = Statement(_upsert, columns=("version_id", "name", *_VALUES))


def post(
    name: str,
    number: int | str,
    check: str,
    state: str,
    *,
    link: str | None = None,
    summary: str | None = None,
    digest: str | None = None,
    actor: Actor,
) -> CheckRow:
    """Reports the state of a check of a version, in place of what was reported under its name before.

    It is of the files that the version has now; `digest` says which those are, for a program that looked at them a
    while ago. Raises `NotFound`, `PermissionDenied`, `CheckOfOtherFiles` where the version has another digest, and
    `InvalidParameter` for a state that checks do not have, a link that is no web address, or a text that is too long.
    """
    _check_texts(check, state, link, summary)
    access.check(name, Permission.MODELS_CHECK, actor)
    version = queries.version_keys(name, number)
    content = manifests.of_version(version.id)
    if digest is not None and digest.lower() not in (content.digest, content.reported_digest):
        raise CheckOfOtherFiles(name, content.digest or content.reported_digest)
    key = content.key or content.reported_digest
    row = CheckRow(
        version.id,
        check,
        state,
        link or None,
        summary or None,
        clock.now_ms(),
        actor.name,
        actor.account_id,
        key,
        key,
    )
    before = _STATE.scalar(version_id=version.id, name=check)
    values = {name: getattr(row, name) for name in _VALUES if name != "state"}
    _UPSERT.run(version_id=version.id, name=check, state=state, **values)
    recorder.record(
        Kind.CHECK_REPORTED,
        actor=actor,
        model_id=version.model_id,
        version_id=version.id,
        subject=check,
        before=before,
        after=state,
        comment=row.summary,
    )
    return row


def _check_texts(check: str, state: str, link: str | None, summary: str | None) -> None:
    check_name(check)
    if state not in CHECK_STATES:
        raise InvalidCheckState(state, CHECK_STATES)
    if link:
        check_length("link", MAX_LINK_LENGTH, link, field="link")
        check_link(link)
    check_length("summary", MAX_SUMMARY_LENGTH, summary or "", field="summary")


def check_name(check: str, field: str = "check") -> str:
    """Returns the name itself, if a check may carry it. Raises `InvalidCheckName`."""
    if not check.strip() or not check.isprintable():
        raise InvalidCheckName(field)
    check_length(field, MAX_NAME_LENGTH, check, field=field)
    return check


def check_link(link: str) -> str:
    """Returns the link itself, if it leads to a web page and can be shown as one. Raises `InvalidCheckLink`."""
    try:
        parts = urlsplit(link)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        fits = False
    if not fits or not link.isprintable() or " " in link:
        raise InvalidCheckLink()
    return link


def of_version(version_id: int) -> list[CheckRow]:
    """Returns what was reported of a version, by name."""
    return _OF_VERSION.rows(version_id=version_id)


def of_versions(version_ids: Collection[int]) -> dict[int, list[CheckRow]]:
    """Returns what was last reported of each of these versions, which the viewer was shown, in one statement."""
    by_version: dict[int, list[CheckRow]] = defaultdict(list)
    if version_ids:
        for row in _OF_VERSIONS.rows(version_ids=json.dumps(list(version_ids))):
            by_version[row.version_id].append(row)
    return by_version


def states(version_id: int) -> dict[str, str]:
    """Returns the state of each check of a version."""
    return {row.name: row.state for row in of_version(version_id)}


def read_checks(text: str) -> tuple[tuple[str, ...], tuple[CheckReporter, ...]]:
    """Returns the names of checks as a row has them, and who alone reports some of them; see `write_checks`."""
    names, reporters = [], []
    for entry in json.loads(text):
        if isinstance(entry, str):
            names.append(entry)
        else:
            names.append(entry["name"])
            reporters.append(
                CheckReporter(
                    entry["name"], entry["reporter"], entry.get("account_id"), entry.get("group_id")
                )
            )
    return tuple(names), tuple(reporters)


def write_checks(names: Sequence[str], reporters: Sequence[CheckReporter]) -> str:
    """Returns checks as a row has them: a name, or an object where only somebody reports it."""
    bound = {reporter.check: reporter for reporter in reporters}
    entries: list[str | dict[str, str | int | None]] = []
    for name in names:
        reporter = bound.get(name)
        if reporter is None:
            entries.append(name)
        else:
            entries.append(
                {
                    "name": name,
                    "reporter": reporter.name,
                    "account_id": reporter.account_id,
                    "group_id": reporter.group_id,
                }
            )
    return json.dumps(entries)
