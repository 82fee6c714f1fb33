"""The history in sentences, one for each kind of change."""

from markupsafe import Markup

from app.activity.timeline import Moment
from app.audit.recorder import Kind
from app.web.rendering.formats import shorten

# Filled with the moment's fields, escaped; `what` is "the model" or "version 7".
SENTENCES = {
    Kind.SIGNED_IN: "signed in",
    Kind.SIGNED_OUT: "signed out",
    Kind.SIGN_IN_REFUSED: "failed to sign in as <b>{subject}</b>",
    Kind.ACCESS_REFUSED: "was denied access to <b>{subject}</b>",
    Kind.TOKEN_CREATED: "created token <b>{subject}</b>",
    Kind.TOKEN_REVOKED: "revoked token <b>{subject}</b>",
    Kind.ACCOUNT_CREATED: "created account <b>{subject}</b> ({after})",
    Kind.ACCOUNT_PREPARED: "prepared account <b>{subject}</b> for single sign-on",
    Kind.ACCOUNT_LINKED: "linked account <b>{subject}</b> to <b>{after}</b>",
    Kind.ACCOUNT_DESCRIBED: "changed the full name of <b>{subject}</b> from <b>{before}</b> to <b>{after}</b>",
    Kind.ACCOUNT_PASSWORD_SET: "set the password of <b>{subject}</b>",
    Kind.ACCOUNT_PROMOTED: "made <b>{subject}</b> an administrator",
    Kind.ACCOUNT_DEMOTED: "removed administrator rights from <b>{subject}</b>",
    Kind.ACCOUNT_DISABLED: "disabled account <b>{subject}</b>",
    Kind.ACCOUNT_ENABLED: "enabled account <b>{subject}</b>",
    Kind.ACCOUNT_DELETED: "deleted account <b>{subject}</b>",
    Kind.GROUP_CREATED: "created group <b>{subject}</b>",
    Kind.GROUP_RENAMED: "renamed group <b>{before}</b> to <b>{after}</b>",
    Kind.GROUP_DESCRIBED: "changed the description of group <b>{subject}</b>",
    Kind.GROUP_PROMOTED: "made the members of group <b>{subject}</b> administrators",
    Kind.GROUP_DEMOTED: "removed administrator rights from the members of group <b>{subject}</b>",
    Kind.GROUP_DELETED: "deleted group <b>{subject}</b>",
    Kind.MEMBER_ADDED: "added <b>{after}</b> to group <b>{subject}</b>",
    Kind.MEMBER_REMOVED: "removed <b>{before}</b> from group <b>{subject}</b>",
    Kind.RIGHTS_GIVEN: "granted <b>{subject}</b> permission to <b>{after}</b> (before: {before})",
    Kind.RIGHTS_REMOVED: "revoked permission to <b>{before}</b> from <b>{subject}</b>",
    Kind.MODEL_CREATED: "created the model",
    Kind.MODEL_RENAMED: "renamed the model from <b>{before}</b> to <b>{after}</b>",
    Kind.MODEL_DESCRIBED: "changed the description",
    Kind.MODEL_DELETED: "deleted the model",
    Kind.MODEL_RESTORED: "restored the model",
    Kind.MODEL_TAG_SET: "set tag <b>{subject}</b> to <b>{after}</b>",
    Kind.MODEL_TAG_REMOVED: "removed tag <b>{subject}</b>",
    Kind.ALIAS_SET: "set alias <b>@{subject}</b> to {what}",
    Kind.ALIAS_REMOVED: "removed alias <b>@{subject}</b>",
    Kind.VERSION_CREATED: "registered {what}",
    Kind.VERSION_DESCRIBED: "changed the description of {what}",
    Kind.VERSION_TAG_SET: "set tag <b>{subject}</b> of {what} to <b>{after}</b>",
    Kind.VERSION_TAG_REMOVED: "removed tag <b>{subject}</b> of {what}",
    Kind.VERSION_TRANSITIONED: "moved {what} from <b>{before}</b> to <b>{after}</b>",
    Kind.VERSION_ARCHIVED_BY_SUCCESSOR: "archived {what}, replaced in <b>{before}</b>",
    Kind.VERSION_DIGEST_REPORTED: "reported digest <b>{after}</b> of {what} (before: {before})",
    Kind.VERSION_FILES_CHANGED: "found that the files of {what} are not those that were registered: <b>{after}</b>",
    Kind.VERSION_FILES_RESTORED: "found that the files of {what} are those that were registered again",
    Kind.VERSION_DELETED: "deleted {what}",
    Kind.VERSION_RESTORED: "restored {what}",
    Kind.VERSION_RETURNED: "rolled <b>{after}</b> back to {what} (was <b>{before}</b>)",
    Kind.VERSION_RETURNED_IN_EMERGENCY: "rolled <b>{after}</b> back to {what} in an emergency (was <b>{before}</b>)",
    Kind.VERSION_MOVED_WITH_STAGE: "moved {what} to <b>{after}</b> because stage <b>{before}</b> was removed",
    Kind.REQUEST_OPENED: "requested <b>{after}</b> for {what} (was <b>{before}</b>)",
    Kind.REQUEST_APPROVED: "approved {what} for <b>{after}</b> (was <b>{before}</b>)",
    Kind.REQUEST_REJECTED: "rejected {what} for <b>{after}</b> (was <b>{before}</b>)",
    Kind.REQUEST_WITHDRAWN: "withdrew the request for {what} to move to <b>{after}</b> (was <b>{before}</b>)",
    Kind.CHECK_REPORTED: "reported check <b>{subject}</b> of {what} as <b>{after}</b>",
    Kind.COMMENT_WRITTEN: "commented on {what}",
    Kind.COMMENT_EDITED: "edited a comment on {what}",
    Kind.COMMENT_DELETED: "deleted a comment on {what}",
    Kind.COMMENT_RESTORED: "restored a comment on {what}",
    Kind.STAGE_CREATED: "created stage <b>{subject}</b>",
    Kind.STAGE_CHANGED: "changed stage <b>{subject}</b>",
    Kind.STAGES_ORDERED: "reordered the stages: <b>{after}</b>",
    Kind.STAGE_REMOVED: "removed stage <b>{subject}</b>",
    Kind.RULE_SET: "set the rule of stage <b>{subject}</b>: <b>{after}</b>",
    Kind.RULE_REMOVED: "removed the rule of stage <b>{subject}</b>",
    Kind.EXPERIMENT_CREATED: "created the experiment",
    Kind.EXPERIMENT_RENAMED: "renamed the experiment from <b>{before}</b> to <b>{after}</b>",
    Kind.EXPERIMENT_DELETED: "deleted the experiment",
    Kind.EXPERIMENT_RESTORED: "restored the experiment",
    Kind.RUN_DELETED: "deleted run <b>{subject}</b>",
    Kind.RUN_RESTORED: "restored run <b>{subject}</b>",
    Kind.IMPORT_FINISHED: "imported <b>{after}</b> from export {subject}",
}
BY_VALUE = {kind.value: sentence for kind, sentence in SENTENCES.items()}
MAX_TEXT = 80
# What is no longer as it was when the version held the stage is the subject of a rollback, if there is any.
ROLLBACKS = {Kind.VERSION_RETURNED.value, Kind.VERSION_RETURNED_IN_EMERGENCY.value}
CHANGED_SINCE = ', <b class="danger">changed since it was there: {subject}</b>'


def sentence(moment: Moment) -> Markup:
    """Returns what was done, as the rest of a sentence that begins with the actor's name."""
    template = BY_VALUE.get(moment.kind)
    if template is None:  # a newer version of Greenroom wrote this kind
        return Markup("did <b>{}</b>").format(moment.kind)
    if moment.subject and moment.kind in ROLLBACKS:
        template += CHANGED_SINCE
    return Markup(template).format(  # noqa: S704 - the templates above; format escapes the values
        what="a version" if moment.version is None else f"version {moment.version}",
        subject=shorten(moment.subject or "nothing", MAX_TEXT),
        before=shorten(moment.before or "nothing", MAX_TEXT),
        after=shorten(moment.after or "nothing", MAX_TEXT),
    )
