"""The forms that move a version to another stage, and archive all versions of a model."""

from wtforms import BooleanField, HiddenField, SelectField, StringField
from wtforms.validators import ValidationError

from app.registry.tables import ARCHIVED, NONE
from app.web.forms.base import Form

ARCHIVE_OTHERS = "Archive the versions currently in this stage"


class ArchiveOthersField(BooleanField):
    """Whether to archive the versions in the form's `stage`. It refuses in our words what verbs refuse in MLflow's."""

    def __init__(self, **options: object):
        super().__init__(ARCHIVE_OTHERS, **options)

    def pre_validate(self, form: Form) -> None:
        """Raises `ValidationError` for a stage whose versions are never archived by a move."""
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
        """Offers the stages within reach; the next of them in the order is preselected."""
        self.stage.choices = [(name, name) for name in reachable]
        if self.stage.data not in reachable:
            following = stages[stages.index(present) + 1 :]
            self.stage.data = next((name for name in following if name in reachable), reachable[0])


class ArchiveForm(Form):
    """The form that archives every version of a model."""

    comment = StringField(
        "Comment",
        description="Optional. Shown in the history of each version.",
        render_kw={"autocomplete": "off"},
    )
