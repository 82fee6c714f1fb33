"""The pages of approvals, and of what goes wrong in a team, in every state that looks different."""

from collections.abc import Callable

from tests.browser.scenes import send_it_empty, unfold_everything
from tests.browser.team_approvals import LOAN
from tests.browser.team_scenes import TeamScene
from tests.browser.visitor import Visitor

MODEL = f"/models/{LOAN}"
WAITING, HALF, VOID, BLOCKED = (f"{MODEL}/versions/{number}" for number in (3, 4, 5, 6))


def asked(number: int, request: int) -> str:
    """The address of a request."""
    return f"{MODEL}/versions/{number}/requests/{request}"


def pretend(form: str, field: str, value: str, button: str, status: int) -> Callable[[Visitor], object]:
    """Type something into the form that goes to an address that ends so, and send it with another hidden value."""

    def act(visitor: Visitor) -> None:
        typed = visitor.page.locator(f"main form[action$='{form}']")
        typed.locator("textarea").fill("What this person typed,\nin two lines.")
        typed.locator(f"input[name={field}]").evaluate("(field, value) => field.value = value", value)
        visitor.press(button, status)

    return act


def come_back_signed_out(visitor: Visitor) -> None:
    visitor.page.get_by_label("Description", exact=True).fill("What this person typed,\nin two lines.")
    visitor.context.clear_cookies()
    visitor.press("Save description", 401)


def say_too_much(visitor: Visitor) -> None:
    """More than any page shows again, in a field that is not laid out: a browser takes minutes for so much."""
    seen = visitor.page.locator("main form[action$='/description'] input[name=seen]")
    seen.evaluate("seen => seen.value = 'words '.repeat(800000)")
    visitor.press("Save description", 413)


APPROVAL_SCENES = [
    TeamScene("inbox", "/approvals", who="ben"),
    TeamScene("inbox-asked", "/approvals?show=asked", who="clara"),
    TeamScene("inbox-decided", "/approvals?show=decided", who="ben"),
    TeamScene("inbox-notices", "/approvals?show=mentions", who="ben"),
    TeamScene(
        "inbox-narrowed", "/approvals?model=loan-default&stage=Production&person=clara&days=7", who="ben"
    ),
    TeamScene("inbox-of-a-stranger", "/approvals", who="dmitri"),
    TeamScene("ask", f"{WAITING}/requests/new?stage=Production", who="clara"),
    TeamScene("request", asked(4, 4), who="ben"),
    TeamScene("request-to-its-asker", asked(4, 4), who="clara"),
    TeamScene("request-void", asked(5, 5), who="ben"),
    TeamScene("request-blocked", asked(6, 6) + "?equal=1", who="ben"),
    TeamScene("request-approved", asked(2, 1), who="ben"),
    TeamScene("request-rejected", asked(3, 2), who="clara"),
    TeamScene("request-withdrawn", asked(3, 3), who="clara"),
    TeamScene(
        "request-decided-stale", asked(4, 4), pretend("/decide", "seen", "other", "Approve", 409), who="ben"
    ),
    TeamScene("version-asked-for", HALF, unfold_everything, who="ben"),
    TeamScene("version-asked-by-me", HALF, who="clara"),
    TeamScene("version-void", VOID, who="ben"),
    TeamScene("comment-edit", f"{HALF}/comments/2/edit", who="clara"),
    TeamScene(
        "comment-empty", f"{HALF}/comments/2/edit", send_it_empty("Save comment", "Comment"), who="clara"
    ),
    TeamScene("comment-deleted", f"{HALF}/comments/3/deleted", who="clara"),
    TeamScene("return-in-an-emergency", f"{MODEL}/versions/2/return/Production", who="ben"),
    TeamScene(
        "return-without-reason",
        f"{MODEL}/versions/2/return/Production",
        send_it_empty("Roll back to version 2", "Reason"),
        who="ben",
    ),
    TeamScene("return-by-the-rule", f"{MODEL}/versions/2/return/Production", who="anna"),
    TeamScene("return-refused", f"{MODEL}/versions/2/return/Production", who="clara"),
    TeamScene("model-with-requests", MODEL, who="ben"),
    TeamScene("model-that-offers-champion", MODEL),
    TeamScene("history-of-approvals", f"{MODEL}/history", unfold_everything, who="ben"),
    TeamScene("rules-of-model-own", f"{MODEL}/settings/rules"),
    TeamScene("rule-of-model-own", f"{MODEL}/settings/rules/Production"),
    TeamScene("rule-of-alias", "/admin/stages/@champion/rule"),
    TeamScene("rule-of-tag", "/admin/stages/%23approved/rule"),
    TeamScene("rule-of-alias-on-model", f"{MODEL}/settings/rules/@champion"),
    TeamScene("stages-with-own-rules", "/admin/stages", unfold_everything),
    TeamScene("service-token-new", "/admin/accounts/nightly-training/tokens/new"),
    TeamScene("service-token-revoke", "/admin/accounts/nightly-training/tokens/5/revoke"),
    TeamScene("user-single-sign-on", "/admin/accounts/emmy/single-sign-on"),
    TeamScene("sign-in-refused", "/sign-in/oidc/callback?error=access_denied", status=400, who=""),
    TeamScene("error-signed-out", f"{MODEL}/description", come_back_signed_out),
    TeamScene(
        "error-form-expired",
        f"{MODEL}/description",
        pretend("/description", "csrf_token", "old", "Save description", 400),
    ),
    TeamScene("error-too-large", f"{MODEL}/description", say_too_much),
    TeamScene("error-takes-forms", f"{MODEL}/tags/remove", status=405),
]
