"""The pages of accounts in every state that looks different, as the people of `tests.browser.team` see them."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.browser.scenes import Scene, send_it_empty, unfold_everything
from tests.browser.team import LONG, TeamServer
from tests.browser.visitor import Visitor

MEMBERS = "/models/churn-classifier/members"


@dataclass(frozen=True)
class TeamScene(Scene):
    """A page as `who` sees it; nobody is signed in where that is empty."""

    who: str = "anna"

    def enter_team(self, visitor: Visitor, team: TeamServer) -> None:
        """Go there, signed in, and do what belongs to it."""
        if self.who:
            team.sign_in(visitor, self.who)
        visitor.open(self.path, self.status)
        if self.act:
            self.act(visitor)


def open_the_menu(visitor: Visitor) -> None:
    visitor.page.locator("header summary").click()


def get_it_wrong(visitor: Visitor) -> None:
    visitor.page.get_by_label("User name", exact=True).fill("anna")
    visitor.page.get_by_label("Password", exact=True).fill("not it")
    visitor.press("Sign in", 422)


def make_a_token(visitor: Visitor) -> None:
    visitor.page.get_by_label("Name", exact=True).fill("for a picture")
    visitor.press("Create token")


def tick_nothing(visitor: Visitor) -> None:
    visitor.page.get_by_label("Name", exact=True).fill("nothing")
    visitor.page.get_by_label("Only what is selected here").check()
    visitor.press("Create token", 422)


def name_nobody(summary: str, field: str, button: str) -> Callable[[Visitor], object]:
    """Unfold the form below `summary` and send it with a name that nobody has."""

    def act(visitor: Visitor) -> None:
        visitor.unfold(summary)
        visitor.page.get_by_label(field, exact=True).first.fill("nobody-like-this")
        visitor.page.get_by_role("button", name=button, exact=True).first.scroll_into_view_if_needed()
        visitor.press(visitor.page.get_by_role("button", name=button, exact=True).first, 422)

    return act


TEAM_SCENES = [
    TeamScene("sign-in", "/sign-in?next=/models/churn-classifier", who=""),
    TeamScene("sign-in-wrong", "/sign-in", get_it_wrong, who=""),
    TeamScene("set-up-over", "/set-up", who=""),
    TeamScene("profile", "/account"),
    TeamScene("profile-menu", "/account", open_the_menu),
    TeamScene("profile-full-name", "/account/full-name"),
    TeamScene("profile-password", "/account/password"),
    TeamScene("profile-password-wrong", "/account/password", send_it_empty("Change password")),
    TeamScene("tokens", "/account/tokens"),
    TeamScene("tokens-unfolded", "/account/tokens", unfold_everything),
    TeamScene("tokens-none", "/account/tokens", who="dmitri"),
    TeamScene("token-new", "/account/tokens/new"),
    TeamScene("token-new-wrong", "/account/tokens/new", tick_nothing),
    TeamScene("token-made", "/account/tokens/new", make_a_token),
    TeamScene("token-revoke", "/account/tokens/1/revoke"),
    TeamScene("members", MEMBERS, who="ben"),
    TeamScene("members-add", MEMBERS, unfold_everything, who="ben"),
    TeamScene("members-wrong", MEMBERS, name_nobody("Add people", "Name", "Grant"), who="ben"),
    TeamScene("members-to-a-reader", MEMBERS, who="clara"),
    TeamScene("members-of-experiment", "/experiments/1/members"),
    TeamScene("model-to-a-reader", "/models/churn-classifier", who="clara"),
    TeamScene("version-to-a-reader", "/models/churn-classifier/versions/1", who="clara"),
    TeamScene("forbidden", "/models/churn-classifier/rename", status=403, who="clara"),
    TeamScene("home-of-somebody", "/", who="ben"),
    TeamScene("home-of-a-stranger", "/", who="dmitri"),
    TeamScene("models-of-a-stranger", "/models", who="dmitri"),
    TeamScene("users", "/admin/users"),
    TeamScene("users-none-found", "/admin/users?q=nobody-like-this"),
    TeamScene("user-new", "/admin/new-user"),
    TeamScene("user-new-wrong", "/admin/new-user", send_it_empty("Create account", "Name")),
    TeamScene("user", "/admin/accounts/ben"),
    TeamScene("user-long", f"/admin/accounts/{LONG}"),
    TeamScene("user-disabled", "/admin/accounts/felix"),
    TeamScene("user-full-name", "/admin/accounts/ben/full-name"),
    TeamScene("user-password", "/admin/accounts/ben/password"),
    TeamScene("user-administrator", "/admin/accounts/ben/administrator"),
    TeamScene("user-administrator-no-longer", "/admin/accounts/zoe/administrator"),
    TeamScene("user-disable", "/admin/accounts/ben/disable"),
    TeamScene("user-delete", "/admin/accounts/ben/delete"),
    TeamScene("services", "/admin/services"),
    TeamScene("service", "/admin/accounts/nightly-training"),
    TeamScene("service-new", "/admin/new-service"),
    TeamScene("service-tokens", "/admin/accounts/nightly-training/tokens"),
    TeamScene("groups", "/admin/groups"),
    TeamScene("group", "/admin/groups/risk"),
    TeamScene(
        "group-wrong",
        "/admin/groups/risk",
        name_nobody("Add a member", "Name of a person or service account", "Add to the group"),
    ),
    TeamScene("group-empty", "/admin/groups/empty", unfold_everything),
    TeamScene("group-new", "/admin/new-group"),
    TeamScene("group-edit", "/admin/groups/risk/edit"),
    TeamScene("group-administrators", "/admin/groups/risk/administrators"),
    TeamScene("group-delete", "/admin/groups/keepers/delete"),
    TeamScene("rights", "/admin/rights"),
    TeamScene("rights-unfolded", "/admin/rights", unfold_everything),
    TeamScene("audit", "/admin/audit"),
    TeamScene("audit-narrowed", "/admin/audit?actor=anna&kind=rights&model=churn-classifier"),
    TeamScene("audit-wrong", "/admin/audit?since=yesterday", status=400),
    TeamScene("stages", "/admin/stages"),
    TeamScene("stage-new", "/admin/new-stage"),
    TeamScene("stage-new-wrong", "/admin/new-stage", send_it_empty("Create stage", "Name")),
    TeamScene("stage-edit", "/admin/stages/Production/edit"),
    TeamScene("stage-remove", "/admin/stages/Staging/remove"),
    TeamScene("stage-rule", "/admin/stages/Production/rule"),
    TeamScene("stage-rule-wrong", "/admin/stages/Production/rule", send_it_empty("Save rule", "Approvals")),
    TeamScene("stage-rules-of-model", "/models/churn-classifier/settings/rules"),
    TeamScene("stage-rule-of-model", "/models/churn-classifier/settings/rules/Staging"),
    TeamScene("not-an-administrator", "/admin/users", status=403, who="ben"),
]
