"""Tables as files for spreadsheets."""

import csv
import io
from collections.abc import Iterable, Sequence

from flask import Response

# A spreadsheet takes a cell that begins so for a formula and runs it: these are other people's texts.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_answer(filename: str, rows: Iterable[Sequence[str | int | float | None]]) -> Response:
    """The rows as a CSV download, the first of them its heading. No text in it is taken for a formula."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerows([_cell(value) for value in row] for row in rows)
    answer = Response(text.getvalue(), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    return answer


def _cell(value: str | float | None) -> str | float:
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return "" if value is None else value
