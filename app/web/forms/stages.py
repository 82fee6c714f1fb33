"""Moving a version to another stage."""

from wtforms import BooleanField, HiddenField, SelectField, StringField

from app.web.forms.base import Form


class TransitionForm(Form):
    """`seen_stage` is the stage that the person saw: if the version has left it, nothing is done."""

    id_prefix = "stage"

    stage = SelectField("Move to", validate_choice=False)
    archive_others = BooleanField("Archive the versions that hold this stage now")
    comment = StringField("Comment", description="Optional; the history will show it.",
                          render_kw={"autocomplete": "off"})  # fmt: skip
    seen_stage = HiddenField()

    def offer(self, stages: list[str], present: str) -> None:
        """Offer every stage but the present one; the next in the order is chosen at first."""
        others = [name for name in stages if name != present]
        self.stage.choices = [(name, name) for name in others]
        if self.stage.data not in others:
            self.stage.data = next(iter(stages[stages.index(present) + 1 :]), others[0])
