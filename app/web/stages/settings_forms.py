"""The forms of a stage in the list, and of a stage's rule."""

from collections.abc import Sequence
from typing import Any

from wtforms import (
    BooleanField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields import SelectChoice
from wtforms.validators import ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from app.authz.levels import Level
from app.registry.tables import COLOURS
from app.stages.definitions import StageRow
from app.stages.rules import EffectiveRule
from app.stages.settings import LEVELS
from app.stages.tables import REASON, REFUSE
from app.web.forms.base import Form, plain_lines
from app.web.models.forms import present
from app.web.site.query_numbers import positive_number


def describe_level(level: int) -> str:
    """Returns who has a stage's level, apart from its rule."""
    return f"Anyone who can {Level(level).label}{' the model' if level >= Level.MANAGE else ''}"


class StageForm(Form):
    """`seen` stands for the stage as the person saw it."""

    id_prefix = "stage"

    name = StringField(
        "Name",
        [present("a name")],
        description="Clients load from it as models:/churn/name.",
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    purpose = TextAreaField(
        "Purpose",
        description="Optional: what versions in this stage are for.",
        filters=[plain_lines],
        render_kw={"rows": 3},
    )
    colour = RadioField(
        "Colour", choices=[SelectChoice(name, name.capitalize()) for name in COLOURS], default="blue"
    )
    level = RadioField(
        "Who can move versions into and out of it, unless its rule says otherwise",
        choices=[SelectChoice(str(int(level)), describe_level(level)) for level in LEVELS],
        default=str(int(Level.MANAGE_STAGING)),
    )
    seen = HiddenField()

    def begin(self, stage: StageRow) -> None:
        """Fills a form that was just opened."""
        if "name" in self:  # not where the stage keeps its name
            self.name.data = stage.name
        self.purpose.data, self.colour.data = stage.purpose, stage.colour
        self.level.data, self.seen.data = str(int(stage.level)), stage.token


class OrderForm(Form):
    """A stage that moves up or down by the button pressed; `order` is the list as the person saw it."""

    order = HiddenField()


class RemoveStageForm(Form):
    """`to` is where the stage's versions go; it is only needed where there are any."""

    id_prefix = "remove"

    to = SelectField("Move them to", validate_choice=False)

    def offer(self, stages: Sequence[str]) -> None:
        """Offers these stages, none of them chosen at first."""
        self.to.choices = [SelectChoice("", "Choose a stage"), *(SelectChoice(name, name) for name in stages)]


def _groups(label: str, description: str) -> SelectMultipleField:
    return SelectMultipleField(
        label,
        description=description,
        coerce=int,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )


def _lines(label: str, description: str) -> TextAreaField:
    return TextAreaField(
        label,
        description=f"Optional; {description}, one per line.",
        filters=[plain_lines],
        render_kw={"rows": 3, "spellcheck": "false"},
    )


# The boxes by the names that browsers send, and what the rule calls them.
FLAGS = {
    "asker_counts": "requester_counts",
    "must_ask": "must_request",
    "needs_description": "needs_description",
    "needs_schema": "needs_schema",
    "is_exclusive": "is_exclusive",
}
GROUP_FIELDS = ("approver_groups", "direct_groups", "emergency_groups")


def _more_groups() -> TextAreaField:
    return TextAreaField(
        "Other groups",
        description="Names of further groups, one per line.",
        filters=[plain_lines],
        render_kw={"rows": 2, "spellcheck": "false"},
    )


# The parts of a rule that only some have: of stages, of aliases, and of tags.
OF_STAGES = frozenset({"is_exclusive", "refuses_changed", "emergency_groups", "more_emergency_groups"})
OF_ALIASES = frozenset({"follows", "bound_to"})
OF_TAGS = frozenset({"must_ask", "direct_groups", "more_direct_groups", "seen", "csrf_token"})


def _lacks(rule: EffectiveRule, field: str) -> bool:
    """Returns whether such a rule has no such part."""
    if rule.is_of_tag:
        return field not in OF_TAGS
    if rule.is_of_alias:
        # What fits a pattern can be many aliases, and all would be at one version.
        return field in OF_STAGES or (field == "follows" and "*" in rule.stage.name)
    return field in OF_ALIASES


class RuleForm(Form):
    """The rule of a stage; `seen` is its description as the person saw it.

    Groups are ticked; where there are too many to offer, more can be named beside them.
    """

    id_prefix = "rule"

    approvals = StringField(
        "Approvals",
        description="Number of approvals required",
        render_kw={"inputmode": "numeric", "autocomplete": "off", "class": "short"},
    )
    approver_groups = _groups(
        "Whose approvals count",
        "If none is selected: anyone who manages the stage. Service accounts in these groups count.",
    )
    more_approver_groups = _more_groups()
    asker_counts = BooleanField("The requester's own approval counts")
    must_ask = BooleanField("Everyone must request, including administrators")
    direct_groups = _groups("Can move directly", "Members of these groups don't need to request.")
    more_direct_groups = _more_groups()
    checks = _lines("Required checks", "as CI reports them")
    reporters = _lines(
        "Checks that only one reports", "the check, a colon, and the account or group: scan: ci"
    )
    needs_description = BooleanField("A description")
    needs_schema = BooleanField("A schema of inputs and outputs")
    tags = _lines("Required tags", "their keys")
    follows = SelectField(
        "Follows",
        validate_choice=False,
        description="It moves with the newest version in the stage. Nobody sets it.",
    )
    bound_to = SelectField(
        "Only points at versions in",
        validate_choice=False,
        description="Versions in other stages are refused.",
    )
    is_exclusive = BooleanField("Only one version at a time; the previous one is archived")
    refuses_changed = BooleanField("No rollback to a version that changed since it was in the stage")
    emergency_groups = _groups(
        "Who can roll back in an emergency",
        "Without approvals, but with a reason; everyone named in the rule is notified.",
    )
    more_emergency_groups = _more_groups()
    seen = HiddenField()

    def validate_approvals(self, field: StringField) -> None:
        if positive_number((field.data or "").strip()) is None:
            raise ValidationError("Enter a number, 1 or higher.")

    def offer(self, groups: Sequence[tuple[int, str]], has_more: bool) -> None:
        """Offers these groups, by id and name, wherever some can be ticked; `has_more` lets others be named."""
        for field in (name for name in GROUP_FIELDS if name in self):
            self[field].choices = [SelectChoice(*group) for group in groups]
            if not has_more and not self.named(field):
                del self[f"more_{field}"]

    def suit(self, rule: EffectiveRule, stages: Sequence[str]) -> None:
        """Keeps the fields that the rule of this stage, alias or tag has; offers the stages to an alias."""
        for name in [field.name for field in self if _lacks(rule, field.name)]:
            del self[name]
        if rule.is_of_alias or rule.is_of_tag:
            self.direct_groups.label.text = "Can set it directly"
        for name in OF_ALIASES.intersection(self._fields):
            self[name].choices = [
                SelectChoice("", "No stage"),
                *(SelectChoice(stage, stage) for stage in stages),
            ]

    def named(self, field: str) -> list[str]:
        """Returns the names of groups that were typed beside those to be ticked."""
        more = f"more_{field}"
        lines = (self[more].data or "").splitlines() if more in self else []
        return [name.strip() for name in lines if name.strip()]

    def begin(self, rule: EffectiveRule, words: str) -> None:
        """Fills a form that was just opened."""
        self.seen.data = words
        if "approvals" in self:  # not of a tag
            self.approvals.data = str(rule.approvals)
            self.checks.data, self.tags.data = "\n".join(rule.checks), "\n".join(rule.tags)
            self.reporters.data = "\n".join(f"{one.check}: {one.name}" for one in rule.reporters)
        for name, attribute in FLAGS.items():
            if name in self:
                self[name].data = getattr(rule, attribute)
        if "refuses_changed" in self:
            self.refuses_changed.data = rule.rollback_changed == REFUSE
        for name in GROUP_FIELDS:
            if name in self:
                self[name].data = getattr(rule, name)
        if "bound_to" in self:
            self.bound_to.data = rule.bound_stage or ""
        if "follows" in self:
            self.follows.data = rule.followed_stage or ""

    def values(self) -> dict[str, Any]:
        """Returns the fields as the verb takes them, except the groups."""
        return {
            **{attribute: self[name].data for name, attribute in FLAGS.items() if name in self},
            **{name: (self[name].data or "").splitlines() for name in ("checks", "tags") if name in self},
            **{name: self[name].data or None for name in ("follows", "bound_to") if name in self},
            **self._numbers_and_reporters(),
            **({"rollback_changed": self._choice()} if "refuses_changed" in self else {}),
            "seen": self.seen.data or None,
        }

    def _numbers_and_reporters(self) -> dict[str, Any]:
        if "approvals" not in self:  # of a tag
            return {}
        return {
            "approvals": positive_number((self.approvals.data or "").strip()) or 0,
            "reporters": dict(map(_reporter, self._reporter_lines())),
        }

    def _choice(self) -> str:
        return REFUSE if self.refuses_changed.data else REASON

    def _reporter_lines(self) -> list[str]:
        return [line for line in (self.reporters.data or "").splitlines() if line.strip()]

    def validate_reporters(self, field: TextAreaField) -> None:
        checks = {line.strip() for line in (self.checks.data or "").splitlines()}
        for check, name in map(_reporter, self._reporter_lines()):
            if not check or not name:
                raise ValidationError("Write each line as check: account, such as scan: ci.")
            if check not in checks:
                raise ValidationError(f"{check} is not one of the required checks.")


def _reporter(line: str) -> tuple[str, str]:
    """Returns the check and the account or group of a line; names of checks may have colons."""
    check, _, name = line.rpartition(":")
    return check.strip(), name.strip()
