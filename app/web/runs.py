from flask import Blueprint, render_template

from app.accounts.permissions import Permission
from app.edge import needs

blueprint = Blueprint("runs", __name__)


@blueprint.get("/runs/<run_id>")
@needs(Permission.EXPERIMENTS_READ)
def show(run_id: str):
    return render_template("runs/show.html")
