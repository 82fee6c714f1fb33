"""The forms that ask for a stage, decide a request, comment, and roll back."""

from collections.abc import Sequence

from wtforms import BooleanField, HiddenField, SelectField, StringField, TextAreaField

from app.stages.definitions import ALIAS_MARK
from app.web.forms.base import Form, plain_lines
from app.web.site.query_numbers import positive_number
from app.web.stages.forms import ARCHIVE_OTHERS, ArchiveOthersField


class AskForm(Form):
    """The stage that is asked for, and why."""

    id_prefix = "ask"

    stage = SelectField("Stage", validate_choice=False)
    comment = TextAreaField(
        "Why",
        description="Markdown. Use @name to notify someone.",
        filters=[plain_lines],
        render_kw={"rows": 6},
    )
    archive_others = ArchiveOthersField()

    def offer(self, stages: Sequence[str], chosen: str | None) -> None:
        """Offers these stages and aliases; `chosen`, or else the first one, is preselected."""
        self.stage.choices = [(name, name) for name in stages]
        if any(name.startswith(ALIAS_MARK) for name in stages):
            self.stage.label.text = "Stage or alias"
        if self.stage.data not in stages:
            self.stage.data = chosen if chosen in stages else (stages[0] if stages else None)


class DecisionForm(Form):
    """Approval or rejection, by the button pressed; `seen` stands for the version as the person saw it.

    Whether holders are archived is offered where there may be several, ticked where it was asked for.
    """

    id_prefix = "decide"

    comment = TextAreaField(
        "Reason",
        description="Markdown. If you reject, say what is missing.",
        filters=[plain_lines],
        render_kw={"rows": 4},
    )
    archive_others = BooleanField(ARCHIVE_OTHERS)
    seen = HiddenField()


class CommentForm(Form):
    """A comment on a version."""

    id_prefix = "comment"

    comment = TextAreaField(
        "Comment",
        description="Markdown. Use @name to notify someone.",
        filters=[plain_lines],
        render_kw={"rows": 4},
    )


class RollbackForm(Form):
    """A rollback to a former holder; `holder` is the number of the version that held the stage when the form opened."""

    id_prefix = "return"

    reason = StringField("Reason", description="Shown in the history.", render_kw={"autocomplete": "off"})
    holder = HiddenField()

    def seen_holder(self) -> int | None:
        """Returns the number of the version that the person saw in the stage."""
        return positive_number(self.holder.data or "")
