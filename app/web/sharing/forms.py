"""The form that grants somebody a level on a model, an experiment, or everything."""

from collections.abc import Sequence

from wtforms import SelectField, StringField
from wtforms.fields import SelectChoice

from app.authz.levels import Level
from app.sharing import grants
from app.sharing.grants import Principal
from app.web.errors import NoLevelChosen, NoNameGiven
from app.web.forms.base import Form
from app.web.site.abilities import level_name

ACCOUNT, GROUP, EVERYONE = "account", "group", "everyone"
KINDS = [
    SelectChoice(ACCOUNT, "Person or service account"),
    SelectChoice(GROUP, "Group"),
    SelectChoice(EVERYONE, "Everyone with an account"),
]


class MemberForm(Form):
    """Who gets which level; `name` is needed for everybody but everyone."""

    id_prefix = "member"

    kind = SelectField("Who", choices=KINDS)
    name = StringField(
        "Name",
        description="Of the person, service account or group.",
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )
    level = SelectField("Access", validate_choice=False)

    def offer(self, levels: Sequence[Level]) -> None:
        """Offers these levels."""
        self.level.choices = [SelectChoice(str(int(level)), level_name(level)) for level in levels]

    def principal(self) -> Principal:
        """Returns who gets the level. Raises `NotFound`, and `NoNameGiven`."""
        if self.kind.data == EVERYONE:
            return grants.EVERYONE
        name = (self.name.data or "").strip()
        if not name:
            raise NoNameGiven
        return (
            grants.principal_of_group(name) if self.kind.data == GROUP else grants.principal_of_account(name)
        )

    def chosen_level(self) -> Level:
        """Returns the chosen level. Raises `NoLevelChosen`."""
        try:
            return Level(int(self.level.data or ""))
        except ValueError as error:
            raise NoLevelChosen from error
