"""The page of a run."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.artifacts import uris
from app.authz.permissions import Permission
from app.core.ids import LoggedModelId
from app.core.mlflow_tags import is_system_metric, user_tags
from app.http.application import current_actor, needs
from app.registry import version_runs, versions
from app.tracking import experiments, inputs, runs
from app.web.charts.metric_curves import AXES, SMOOTHINGS
from app.web.experiments import child_runs, curves, register_version
from app.web.rendering import file_browser
from app.web.site.query_numbers import positive_number

blueprint = Blueprint("runs", __name__)

# The arguments of the address that forms of the page hand on, apart from the style of the curves.
KEPT = ("model", "path", "curves")


@blueprint.get("/runs/<run_id>")
@needs(Permission.EXPERIMENTS_READ)
def show(run_id: str) -> ResponseReturnValue:
    """Shows one run: its metrics and settings, its files, and the versions made of it."""
    details = runs.details(run_id)
    own = user_tags(details.tags)
    style = curves.style_of(request.args)
    candidates = register_version.candidates(details.run)
    models = {candidate.logged_model: candidate for candidate in candidates if candidate.logged_model}
    model = models.get(LoggedModelId(request.args.get("model", "")))
    begin = positive_number(request.args.get("begin")) or 0
    root = uris.from_uri(model.source if model else details.run.artifact_uri)
    registered = versions.of_run(details.run.uuid)
    return render_template(
        "experiments/run.html",
        run=details.run,
        details=details,
        user_tags=own,
        metrics=[metric for metric in details.metrics if not is_system_metric(metric.key)],
        machine_metrics=[metric for metric in details.metrics if is_system_metric(metric.key)],
        system_tags={key: value for key, value in details.tags.items() if key not in own},
        inputs=inputs.of_details([details])[details.run.id].dataset_inputs,
        candidates=candidates,
        models=models,
        model=model,
        experiment=experiments.find(details.run.experiment_id),
        versions=registered,
        claimed=version_runs.among(version.id for version in registered),
        family=child_runs.family(details),
        style=style,
        smoothings=SMOOTHINGS,
        axes=AXES,
        curves=curves.of_run(details.run, style, positive_number(request.args.get("curves")) or 0),
        kept=[(name, request.args[name]) for name in KEPT if request.args.get(name)],
        files=file_browser.browse(
            root,
            request.args.get("path", ""),
            current_actor(),
            begin,
        )
        if root
        else None,
        url_of_file=lambda path, begin=None: url_for(
            "runs.show",
            run_id=details.run.uuid,
            model=model.logged_model if model else None,
            path=path or None,
            begin=begin,
            _anchor="files-title",
        ),
        url_of_download=lambda path: _download_url(run_id, model, path),
    )


def _download_url(run_id: str, model: register_version.Candidate | None, path: str) -> str:
    if model:
        return url_for("artifact_links.file_of_model", model_id=model.logged_model, path=path)
    return url_for("artifact_links.file_of_run", run_uuid=run_id, path=path)
