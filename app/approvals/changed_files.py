"""Tells of versions whose files are not those that were registered: in the history, and those who rely on them."""

import json
from collections.abc import Sequence

from sqlalchemy import bindparam, select

from app.approvals import mentions
from app.approvals.queries import REQUEST
from app.approvals.tables import Approval
from app.audit import recorder
from app.audit.recorder import Kind
from app.authz.actors import Actor
from app.authz.levels import Level
from app.core import clock
from app.db.statements import Statement, each_of
from app.manifests.verification import Finding
from app.registry import queries
from app.registry.queries import VersionKeys
from app.registry.tables import ModelVersion
from app.stages import approver_groups
from app.stages.tables import Request

APPROVAL = Approval.__table__.c

# Whoever may see them, and whether they are deleted or not: files are verified for everybody.
_KEYS = Statement(
    lambda: (
        select(queries.VERSION.id, queries.VERSION.model_id)
        .select_from(ModelVersion.__table__)
        .where(queries.VERSION.id.in_(each_of("version_ids", int)))
    ),
    VersionKeys,
)
_APPROVERS = Statement(
    select(APPROVAL.approver_id)
    .join_from(Approval.__table__, Request.__table__, REQUEST.id == APPROVAL.request_id)
    .where(REQUEST.version_id == bindparam("version_id"), APPROVAL.approver_id.is_not(None))
)


def tell(findings: Sequence[Finding], *, actor: Actor) -> None:
    """Records each finding, and notifies those who approved or manage a version whose files changed."""
    keys = {
        row.id: row
        for row in _KEYS.rows(version_ids=json.dumps([finding.version_id for finding in findings]))
    }
    now = clock.now_ms()
    for finding in findings:
        version = keys[finding.version_id]
        recorder.record(
            Kind.VERSION_FILES_RESTORED if finding.matches else Kind.VERSION_FILES_CHANGED,
            actor=actor,
            model_id=version.model_id,
            version_id=version.id,
            after=finding.summary or None,
        )
        if not finding.matches:
            concerned = set(_APPROVERS.scalars(version_id=version.id))
            concerned |= approver_groups.with_level(version.model_id, Level.MANAGE)
            mentions.notify(concerned, "mismatch", version, actor=actor, now=now, text=finding.summary)
