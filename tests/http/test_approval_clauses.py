"""Every missing requirement, change of a version and reason why an approval is void has its clause."""

from typing import get_args

import pytest

from app.approvals import progress, version_snapshot
from app.approvals.four_eyes import Part
from app.approvals.progress import VoidReason
from app.http.approval_clauses import CLAUSES, clause
from app.stages import missing_requirements
from app.stages.missing_requirements import MissingRequirement
from app.stages.tables import CHECK_STATES

SAID = {
    missing_requirements.CheckNotPassed("bias", None): "check bias (not reported yet)",
    missing_requirements.CheckNotPassed("bias", "pending"): "check bias (pending)",
    missing_requirements.CheckNotPassed("bias", "failed"): "check bias (failed)",
    missing_requirements.DescriptionMissing(): "a description",
    missing_requirements.SchemaMissing(): "a readable schema",
    missing_requirements.TagMissing("owner"): "tag owner",
    version_snapshot.PartChanged("source"): "the source changed",
    version_snapshot.PartChanged("storage"): "the files are stored elsewhere",
    version_snapshot.PartChanged("files"): "the files changed",
    version_snapshot.PartChanged("run"): "the run changed",
    version_snapshot.PartChanged("description"): "the description changed",
    version_snapshot.StageChanged("None", "Staging"): "it moved from None to Staging",
    version_snapshot.TagChanged("owner"): "the tag owner changed",
    version_snapshot.CheckChanged("bias", "passed", "failed"): "the check bias has failed (before: passed)",
    version_snapshot.CheckChanged("bias", None, "passed"): "the check bias has passed (before: not reported)",
    version_snapshot.CheckChanged("bias", "failed", None): "the check bias was removed (before: failed)",
    version_snapshot.PartChanged("metrics"): "more metrics changed",
    version_snapshot.MetricChanged("auc", "0.9", "0.95"): "the metric auc changed from 0.9 to 0.95",
    progress.PartyExcluded(Part.REQUESTER): "the rule doesn't count the requester's approval",
    progress.NoLongerApprover("ben"): "ben is no longer an approver",
}


@pytest.mark.parametrize("value", SAID, ids=repr)
def test_a_value_is_said_as_a_clause(value):
    assert clause(value) == SAID[value]


def test_every_kind_has_a_clause():
    kinds = {*get_args(MissingRequirement), *get_args(VoidReason)}
    assert kinds == set(CLAUSES) == {type(value) for value in SAID}


def test_every_state_of_a_check_has_its_words():
    for state in CHECK_STATES:
        assert clause(version_snapshot.CheckChanged("bias", state, state))
