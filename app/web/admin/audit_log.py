"""The audit log: who did what and when, narrowed down by a form, and as a file for spreadsheets."""

from collections.abc import Iterator

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.activity import log
from app.activity.log import Entry, LogFilter
from app.authz.permissions import Permission
from app.http.application import needs
from app.web.admin.audit_form import LogForm
from app.web.rendering.csv import csv_stream
from app.web.rendering.formats import exactly
from app.web.site.query_numbers import positive_number

blueprint = Blueprint("audit_log", __name__, url_prefix="/admin")

A_PAGE = 50
HEADING = (
    "id",
    "at",
    "actor",
    "kind",
    "model",
    "version",
    "experiment",
    "run",
    "subject",
    "before",
    "after",
    "comment",
    "token",
    "token_prefix",
    "digest",
)


@blueprint.get("/audit")
@needs(Permission.AUDIT)
def index() -> ResponseReturnValue:
    """Shows the newest entries that the form asks for, and older ones page by page."""
    filters = LogForm.of(request.args)
    rows: list[Entry] = []
    if is_good := filters.validate():
        rows = log.entries(
            filters.narrowed(), before_id=positive_number(request.args.get("before")), limit=A_PAGE + 1
        )
    arguments = filters.arguments()
    html = render_template(
        "admin/audit.html",
        filters=filters,
        entries=rows[:A_PAGE],
        is_filtered=bool(arguments),
        csv_url=url_for("audit_log.download", **arguments),
        older_url=url_for("audit_log.index", **arguments, before=rows[A_PAGE - 1].id)
        if len(rows) > A_PAGE
        else None,
        newest_url=url_for("audit_log.index", **arguments) if request.args.get("before") else None,
    )
    return html, 200 if is_good else 400


@blueprint.get("/audit.csv")
@needs(Permission.AUDIT)
def download() -> ResponseReturnValue:
    """Answers with all entries that the form asks for."""
    filters = LogForm.of(request.args)
    narrowed = filters.narrowed() if filters.validate() else LogFilter(kinds=())
    return csv_stream("greenroom-audit.csv", HEADING, _lines(narrowed))


def _lines(narrowed: LogFilter) -> Iterator[list[tuple]]:
    for entries in log.batches(narrowed):
        yield [
            (
                entry.id,
                exactly(entry.at),
                entry.actor,
                entry.kind,
                entry.model,
                entry.version,
                entry.experiment_id,
                entry.run_uuid,
                entry.subject,
                entry.before,
                entry.after,
                entry.comment,
                *(entry.via or (None, None)),
                entry.digest,
            )
            for entry in entries
        ]
