"""Tables as files for spreadsheets."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from flask import Response, stream_with_context

from app.core.numbers import with_infinity

# A spreadsheet runs a cell that begins with one of these as a formula, and the texts are other people's.
# In East Asian locales the wide forms of the signs do the same.
_FORMULA = (*"=+-@", *"＝＋－＠", *map(chr, range(32)))

CsvRow = Sequence[str | int | float | None]


def csv_stream(filename: str, heading: CsvRow, parts: Iterable[Sequence[CsvRow]]) -> Response:
    """Returns a CSV download, written while it is sent. No text in it is taken for a formula.

    `parts` are read after the view has returned: whatever they read, they read in a transaction of theirs.
    """

    def texts() -> Iterator[str]:
        yield _written([heading])
        for rows in parts:
            yield _written(rows)

    return _download(filename, stream_with_context(texts()))


def _written(rows: Iterable[CsvRow]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def _download(filename: str, content: str | Iterator[str]) -> Response:
    answer = Response(content, content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    return answer


def _cell(value: str | float | None) -> str | float:
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    if isinstance(value, float):
        return with_infinity(value)
    return "" if value is None else value
