"""Moving a version to another stage, and all of a model's to the archive."""

from wtforms import BooleanField, HiddenField, SelectField, StringField
from wtforms.validators import ValidationError

from app.registry.tables import ARCHIVED, NONE
from app.web.forms.base import Form

ARCHIVE_OTHERS = "Archive the versions currently in this stage"


class ArchiveOthersField(BooleanField):
    """Whether the holders of the form's `stage` make room. The verbs say MLflow's sentence where they cannot."""

    def __init__(self, **options: object):
        super().__init__(ARCHIVE_OTHERS, **options)

    def pre_validate(self, form: Form) -> None:
        """Raise `ValidationError` for a stage in which versions do not stand in each other's way."""
        if self.data and form["stage"].data in (NONE, ARCHIVED):
            raise ValidationError(
                f"What is in {form['stage'].data} can't be archived this way: clear this box or choose another stage."
            )


class TransitionForm(Form):
    """`seen_stage` is the stage that the person saw: if the version has left it, nothing is done."""

    id_prefix = "stage"

    stage = SelectField("Move to", validate_choice=False)
    archive_others = ArchiveOthersField()
    comment = StringField(
        "Comment", description="Optional. Shown in the history.", render_kw={"autocomplete": "off"}
    )
    seen_stage = HiddenField()

    def offer(self, stages: list[str], present: str, reachable: list[str]) -> None:
        """Offer the reachable ones of the stages; the next of them in the order is chosen at first."""
        self.stage.choices = [(name, name) for name in reachable]
        if self.stage.data not in reachable:
            following = stages[stages.index(present) + 1 :]
            self.stage.data = next((name for name in following if name in reachable), reachable[0])


class ArchiveForm(Form):
    """Archiving every version of a model."""

    comment = StringField(
        "Comment",
        description="Optional. Shown in the history of each version.",
        render_kw={"autocomplete": "off"},
    )
