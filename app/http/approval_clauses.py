"""What people and programs are told of what a version still needs, what changed in it, and why an approval is void.

One clause for each kind, the end or a part of a sentence that its reader puts around it.
"""

import math
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.approvals import progress, version_snapshot
from app.approvals.four_eyes import Part
from app.approvals.held_facts import Difference
from app.approvals.progress import VoidReason
from app.stages import missing_requirements
from app.stages.missing_requirements import MissingRequirement

_MISSING_CHECK = {None: "not reported yet", "pending": "pending", "failed": "failed"}
_CHANGED_CHECK = {
    None: "was removed",
    "pending": "is pending",
    "passed": "has passed",
    "failed": "has failed",
}
_CHANGED_PART = {
    "source": "the source changed",
    "storage": "the files are stored elsewhere",
    "files": "the files changed",
    "digest": "its files had no digest then",
    "run": "the run changed",
    "metrics": "more metrics changed",
    "description": "the description changed",
}


_EXCLUDED = {
    Part.REQUESTER: "the requester's approval",
    Part.VERSION_AUTHOR: "the approval of the version's author",
    Part.RUN_AUTHOR: "the approval of the run's author",
    Part.TOKEN_MAKER: "the approval of whoever made the requester's token",
    Part.SERVICE_CREATOR: "the approval of whoever created the service account that requested it",
    Part.OTHERS_TOKEN: "an approval through a token made by someone with a part in the request",
}


def _check_missing(missing: missing_requirements.CheckNotPassed) -> str:
    if missing.is_of_other_files:
        state = "pending, files changed"
    elif missing.reporter is not None:
        state = f"not reported by {missing.reporter} yet"
    else:
        state = _MISSING_CHECK[missing.state]
    return f"check {missing.check} ({state})"


def _check_changed(change: version_snapshot.CheckChanged) -> str:
    now = _CHANGED_CHECK[change.after]
    return f"the check {change.check} {now} (before: {change.before or 'not reported'})"


def _metric_changed(change: version_snapshot.MetricChanged) -> str:
    if change.before is None:
        return f"the metric {change.metric} was logged ({_number(change.after)})"
    if change.after is None:
        return f"the metric {change.metric} is gone (before: {_number(change.before)})"
    before, after = _number(change.before), _number(change.after)
    if before == after:  # the difference is smaller than what is shown
        before, after = change.before, change.after
    return f"the metric {change.metric} changed from {before} to {after}"


def _number(text: str | None) -> str:
    value = float(text or "nan")
    if math.isnan(value):
        return "NaN"
    if abs(value) >= sys.float_info.max:  # as MLflow stores what is infinite
        return "infinity" if value > 0 else "-infinity"
    return f"{value:.6g}"


_DIFFERENCES = {
    "unknown": "what it was then was not recorded",
    "files": "the files changed",
    "source": "the source changed",
    "run": "the run changed",
    "description": "the description changed",
    "metric": "the metric {name} changed",
    "tag": "the tag {name} changed",
}
MAX_DIFFERENCES = 6


def differences(changed: Sequence[Difference]) -> str:
    """Returns what of a version is not as it was when it held a stage, the first few."""
    clauses = [_DIFFERENCES[one.part].format(name=one.name) for one in changed[:MAX_DIFFERENCES]]
    if len(changed) > MAX_DIFFERENCES:
        clauses.append(f"{len(changed) - MAX_DIFFERENCES} other things changed")
    return ", ".join(clauses)


CLAUSES: Mapping[type[MissingRequirement | VoidReason], str | Callable[[Any], str]] = {
    missing_requirements.CheckNotPassed: _check_missing,
    missing_requirements.DescriptionMissing: "a description",
    missing_requirements.SchemaMissing: "a readable schema",
    missing_requirements.TagMissing: "tag {tag}",
    version_snapshot.PartChanged: lambda change: _CHANGED_PART[change.part],
    version_snapshot.StageChanged: "it moved from {before} to {after}",
    version_snapshot.TagChanged: "the tag {tag} changed",
    version_snapshot.CheckChanged: _check_changed,
    version_snapshot.MetricChanged: _metric_changed,
    progress.PartyExcluded: lambda reason: f"the rule doesn't count {_EXCLUDED[reason.part]}",
    progress.NoLongerApprover: "{approver} is no longer an approver",
}


def clause(value: MissingRequirement | VoidReason) -> str:
    """Returns what is said of a missing requirement, a change of a version or the reason why an approval is void."""
    text = CLAUSES[type(value)]
    return text(value) if callable(text) else text.format(**vars(value))
