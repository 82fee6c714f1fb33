"""The list of models as a file for spreadsheets."""

from flask import Blueprint, Response, request

from app.authz.permissions import Permission
from app.http.application import current_actor, needs
from app.web.models import model_list
from app.web.models.model_list import COLUMNS, ModelLine, ModelListView
from app.web.rendering.csv import csv_stream
from app.web.rendering.formats import exactly
from app.web.rendering.list_view import every_page

blueprint = Blueprint("models_csv", __name__)


# Not below /models, where every name is that of a model.
@blueprint.get("/models.csv")
@needs(Permission.MODELS_READ)
def download() -> Response:
    """Answers with all that the list would show on all its pages, however many, in its columns and order."""
    view, actor = model_list.read(request.args), current_actor()
    heading = ["Name", *(COLUMNS[name] for name in view.columns), *view.metrics]
    pages = every_page(view, lambda part: model_list.find(part, actor))
    return csv_stream("models.csv", heading, ([_cells(line, view) for line in page.rows] for page in pages))


def _cells(line: ModelLine, view: ModelListView) -> list[str | float | None]:
    model = line.model
    cells = {
        "description": model.description,
        "stages": ", ".join(f"{version.stage} {version.number}" for version in model.latest),
        "aliases": ", ".join(f"{name} {number}" for name, number in model.aliases.items()),
        "tags": ", ".join(f"{key}={value}" for key, value in model.tags.items()),
        "owner": model.created_by,
        "updated": exactly(model.updated_at),
    }
    return [
        model.name,
        *(cells[name] for name in view.columns),
        *(line.values.get(key) for key in view.metrics),
    ]
