"""Every page of Greenroom in every state that looks different: for accessibility, weight and pictures."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from tests.browser.gallery import EMOJI, LONG_NAME, RIGHT_TO_LEFT, Gallery
from tests.browser.visitor import Visitor

CHURN = "/models/churn-classifier"
CHOSEN = "?column=metrics.val_auc&column=params.features&column=tags.team&sort=-metrics.val_auc"


@dataclass(frozen=True)
class Scene:
    """A page: its name, its address (`{run}` and the like stand for ids), and what is done there, if anything."""

    name: str
    path: str
    act: Callable[[Visitor], object] | None = None
    status: int = 200

    def enter(self, visitor: Visitor, gallery: Gallery | None = None) -> None:
        """Go there and do what belongs to it."""
        visitor.open(self.path.format(**vars(gallery)) if gallery else self.path, self.status)
        if self.act:
            self.act(visitor)


def at(name: str, version: int | None = None) -> str:
    """The address of a model or of a version of it, safe from `format`."""
    return f"/models/{quote(name)}" + (f"/versions/{version}" if version else "")


def compared(*versions: str) -> str:
    """The address that compares them, safe from `format`."""
    return "/compare?" + "&".join(f"versions={quote(version)}" for version in versions)


def unfold_everything(visitor: Visitor) -> None:
    closed = visitor.page.locator("main details:not([open]) > summary")
    while closed.count():
        closed.first.click()


def send_it_empty(button: str, *fields: str) -> Callable[[Visitor], object]:
    """Empty the fields of these labels and send the form."""

    def act(visitor: Visitor) -> None:
        for field in fields:
            visitor.page.get_by_label(field, exact=True).fill("")
        visitor.press(button, 422)

    return act


def reach_for_a_curve(visitor: Visitor) -> None:
    """Have the script draw it, and read a value from it."""
    figure = visitor.page.locator(".curve").first
    figure.get_by_role("button", name="Zoom in").click()
    figure.locator("canvas").wait_for()
    figure.locator(".u-over").hover()


def save_something_stale(visitor: Visitor) -> None:
    """As if somebody else had changed the description while this form was open."""
    visitor.page.locator("main input[name=seen]").evaluate("field => field.value = 'another'")
    visitor.page.get_by_label("Description", exact=True).fill("What this person typed.")
    visitor.press("Save description", 409)


def decide_too_late(visitor: Visitor) -> None:
    """As if somebody else had moved the version while this form was open."""
    visitor.page.locator("main input[name=seen_stage]").evaluate("field => field.value = 'Archived'")
    visitor.press("Move", 409)


SCENES = [
    Scene("home", "/"),
    Scene("models", "/models?size=50"),
    Scene("models-found", "/models?q=forecast"),
    Scene(
        "models-columns",
        "/models?metrics=val_auc,rows&sort=name&column=description&column=stages&column=tags",
        unfold_everything,
    ),
    Scene("models-starred", "/models?starred=1"),
    Scene("models-none-found", "/models?q=nothing-like-this"),
    Scene("models-wrong-filter", "/models?q=name+LIKE+%27churn", status=400),
    Scene("search-help", "/help/search"),
    Scene("new-model", "/new-model"),
    Scene("new-model-wrong", "/new-model", send_it_empty("Create model", "Name")),
    Scene("model", CHURN),
    Scene("model-unfolded", CHURN, unfold_everything),
    Scene("model-versions-found", f"{CHURN}?stage=Archived&metric=val_auc"),
    Scene("model-versions-wrong-filter", f"{CHURN}?q=metrics.auc+%3E", status=400),
    Scene("model-empty", at("empty-model")),
    Scene("model-long", at(LONG_NAME)),
    Scene("model-many-tags", at("many-tags")),
    Scene("model-right-to-left", at(RIGHT_TO_LEFT)),
    Scene("model-emoji", at(EMOJI)),
    Scene("model-describe", f"{CHURN}/description"),
    Scene("model-describe-stale", f"{CHURN}/description", save_something_stale),
    Scene("model-rename", f"{CHURN}/rename"),
    Scene("model-rename-wrong", f"{CHURN}/rename", send_it_empty("Rename", "New name")),
    Scene("model-settings", f"{CHURN}/settings"),
    Scene("model-history", f"{CHURN}/history?at=2999-01-01"),
    Scene("model-history-unfolded", f"{CHURN}/history", unfold_everything),
    Scene("model-history-wrong", f"{CHURN}/history?at=yesterday", status=400),
    Scene("model-history-empty", at("empty-model") + "/history"),
    Scene("model-rules", f"{CHURN}/settings/rules"),
    Scene("stages", "/admin/stages"),
    Scene("deleted-models", "/deleted-models"),
    Scene("model-archive", f"{CHURN}/archive"),
    Scene("model-deleted-versions", at("many-tags") + "/deleted-versions"),
    Scene("model-no-deleted-versions", f"{CHURN}/deleted-versions"),
    Scene("model-delete", f"{CHURN}/delete"),
    Scene(
        "model-delete-wrong", f"{CHURN}/delete", send_it_empty("Delete model", "Enter the name to confirm")
    ),
    Scene("model-tag-wrong", f"{CHURN}/tags", send_it_empty("Set tag", "Key")),
    Scene("model-alias-wrong", f"{CHURN}/aliases", send_it_empty("Set alias", "Alias")),
    Scene("version", f"{CHURN}/versions/6"),
    Scene("version-production", f"{CHURN}/versions/4"),
    Scene("version-unfolded", f"{CHURN}/versions/5", unfold_everything),
    Scene("version-long", at(LONG_NAME, 1)),
    Scene("version-many-tags", at("many-tags", 1)),
    Scene("version-right-to-left", at(RIGHT_TO_LEFT, 1)),
    Scene("version-from-elsewhere", at(EMOJI, 1)),
    Scene("version-deleted", at("many-tags", 2), status=404),
    Scene("version-files", f"{CHURN}/versions/4/files"),
    Scene("version-file-markdown", f"{CHURN}/versions/4/files?path=README.md"),
    Scene("version-file-table", f"{CHURN}/versions/4/files?path=examples/input.csv"),
    Scene("version-file-picture", f"{CHURN}/versions/4/files?path=plots/calibration.svg"),
    Scene("version-file-pickle", f"{CHURN}/versions/4/files?path=model.pkl"),
    Scene("version-describe", f"{CHURN}/versions/6/description"),
    Scene("version-move", f"{CHURN}/versions/6/stage"),
    Scene("version-move-late", f"{CHURN}/versions/6/stage", decide_too_late),
    Scene("version-delete", f"{CHURN}/versions/4/delete"),
    Scene("version-tag", f"{CHURN}/versions/6/tags"),
    Scene("version-alias", f"{CHURN}/versions/6/aliases"),
    Scene("compare", compared("churn-classifier:4", "churn-classifier:6")),
    Scene("compare-many", compared(*(f"churn-classifier:{number}" for number in range(1, 7))) + "&equal=1"),
    Scene("compare-oddities", compared(f"{LONG_NAME}:1", "many-tags:1", f"{EMOJI}:1", f"{RIGHT_TO_LEFT}:1")),
    Scene("compare-one", compared("churn-classifier:1", "no-such-model:1")),
    Scene("compare-curves", "/compare-runs?runs={run}&runs={folder_run}&metric=val_auc"),
    Scene("compare-curve", "/compare-runs?runs={run}&runs={folder_run}&metric=val_auc", reach_for_a_curve),
    Scene("compare-nothing", "/compare"),
    Scene("compare-runs", "/compare-runs?runs={run}&runs={folder_run}"),
    Scene("experiments", "/experiments"),
    Scene("experiment", "/experiments/{experiment}"),
    Scene("experiment-columns", "/experiments/{experiment}" + CHOSEN, unfold_everything),
    Scene("experiment-wrong-filter", "/experiments/{experiment}?q=metrics.auc+%3E", status=400),
    Scene("experiment-empty", "/experiments/{empty_experiment}"),
    Scene("run", "/runs/{run}"),
    Scene("run-folder", "/runs/{run}?path=model"),
    Scene("run-curve", "/runs/{run}", reach_for_a_curve),
    Scene("run-smooth", "/runs/{run}?smooth=0.85&log=1&axis=time"),
    Scene("run-picture", "/runs/{run}?path=plots/scores.png"),
    Scene("run-table", "/runs/{run}?path=predictions.csv"),
    Scene("run-markdown", "/runs/{run}?path=report.md"),
    Scene("run-mlmodel", "/runs/{run}?path=model/MLmodel"),
    Scene("run-binary", "/runs/{run}?path=model/model.pkl"),
    Scene("run-register", "/runs/{run}/register"),
    Scene("not-there", "/models/no-such-model", status=404),
    Scene("no-such-page", "/nothing/here", status=404),
]
# On an instance in which nothing has happened yet.
FIRST_SCENES = [
    Scene("first-home", "/"),
    Scene("first-models", "/models"),
    Scene("first-experiments", "/experiments"),
    Scene("first-audit", "/admin/audit"),
    Scene("set-up", "/set-up"),
    Scene("set-up-wrong", "/set-up", send_it_empty("Create account and require sign-in", "User name")),
]
# On a server for development.
STYLEGUIDE = Scene("styleguide", "/styleguide")
