"""The list of experiments, and the page of one with its runs."""

from flask import Blueprint, render_template

from app.accounts.permissions import Permission
from app.edge import needs

blueprint = Blueprint("experiments", __name__)


@blueprint.get("/experiments")
@needs(Permission.EXPERIMENTS_READ)
def index():
    return render_template("experiments/index.html")


@blueprint.get("/experiments/<experiment_id>")
@needs(Permission.EXPERIMENTS_READ)
def show(experiment_id: str):
    return render_template("experiments/show.html")
