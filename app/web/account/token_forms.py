"""The form that makes a token."""

from typing import Any

from wtforms import RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.widgets import CheckboxInput, ListWidget

from app.accounts import tokens
from app.authz.permissions import PERMISSION_SPECS, Area, Scope
from app.core import clock
from app.web.errors import NoScopeChosen
from app.web.forms.once import OnceForm
from app.web.models.forms import present

DAY = 24 * 3600 * 1000
LIFETIMES = {"7": "In 7 days", "30": "In 30 days", "90": "In 90 days", "365": "In a year", "never": "Never"}
EVERYTHING, SOME = "everything", "some"


def lifetimes(max_days: int | None) -> dict[str, str]:
    """Returns the lifetimes to choose from, by their number of days; the last is the greatest that is allowed."""
    if max_days is None:
        return LIFETIMES
    shorter = {days: label for days, label in LIFETIMES.items() if days.isdigit() and int(days) < max_days}
    longest = str(max_days)
    one = "In a day" if max_days == 1 else f"In {max_days} days"
    return {**shorter, longest: LIFETIMES.get(longest, one)}


def describe_scope(scope: str) -> str:
    """Returns what a scope allows, in the words of the table of permissions."""
    first, *others = [
        rule.description
        for rule in PERMISSION_SPECS.values()
        if rule.scope is Scope(scope) and not (rule.scope is Scope.READ and rule.area is Area.NOTHING)
    ]
    return "; ".join([first, *(words[0].lower() + words[1:] for words in others)]) + "."


class TokenForm(OnceForm):
    """`reach` says whether the token may do all that its account may, or only what `scopes` say."""

    name = StringField(
        "Name",
        [present("a name")],
        description="For example: nightly training",
        render_kw={"autocomplete": "off"},
    )
    lifetime = SelectField(
        "Expires", choices=[SelectChoice(*pair) for pair in LIFETIMES.items()], default="90"
    )
    reach = RadioField(
        "Permissions",
        choices=[
            SelectChoice(EVERYTHING, "Everything the account can do"),
            SelectChoice(SOME, "Only what is selected here"),
        ],
        default=EVERYTHING,
    )
    scopes = SelectMultipleField(
        "Scopes",
        choices=[SelectChoice(scope.value, scope.value.capitalize()) for scope in Scope],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validate_choice=False,
    )
    models = TextAreaField(
        "Only for these models",
        description="Optional; one per line. The token can't access other models or any experiment.",
        render_kw={"rows": 3, "spellcheck": "false"},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        allowed = lifetimes(tokens.max_days())
        self.lifetime.choices = [SelectChoice(*pair) for pair in allowed.items()]
        if not self.is_submitted() and self.lifetime.data not in allowed:
            self.lifetime.data = list(allowed)[-1]

    def chosen_scopes(self) -> frozenset[Scope] | None:
        """Returns the ticked scopes; None for everything. Raises `NoScopeChosen`."""
        if self.reach.data == EVERYTHING:
            return None
        known = {scope.value: scope for scope in Scope}
        chosen = frozenset(known[value] for value in self.scopes.data or () if value in known)
        if not chosen:
            raise NoScopeChosen
        return chosen

    def expires_at(self) -> int | None:
        """Returns the time at which the token expires, in milliseconds; None for never."""
        days = self.lifetime.data or ""
        return clock.now_ms() + int(days) * DAY if days.isdigit() else None

    def model_names(self) -> list[str]:
        """Returns the models that the token is limited to; an empty list sets no limit."""
        return [line.strip() for line in (self.models.data or "").splitlines() if line.strip()]
