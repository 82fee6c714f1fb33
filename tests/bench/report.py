"""Tables on standard output, and beside each wanted figure whether it was reached."""

import datetime
import os
import platform
import sqlite3
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from tests.bench.measuring import Result, geometric_mean


def machine() -> str:
    """One line on what was measured on, and when."""
    processor = platform.processor() or "unknown processor"
    about = Path("/proc/cpuinfo")
    if about.exists():
        names = [
            line.partition(":")[2].strip() for line in about.read_text().splitlines() if "model name" in line
        ]
        processor = names[0] if names else processor
    load = "/".join(f"{value:.1f}" for value in os.getloadavg())
    return (
        f"{datetime.date.today()}, {processor}, {os.cpu_count()} cores (load {load}), {platform.system()} "
        f"{platform.release()}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, "
        f"gunicorn {version('gunicorn')}"
    )


def heading(text: str) -> None:
    print(f"\n## {text}\n", flush=True)


def table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table as Markdown has them, its columns aligned."""
    texts = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[n]) for row in [list(columns), *texts]) for n in range(len(columns))]
    print("| " + " | ".join(name.ljust(width) for name, width in zip(columns, widths, strict=True)) + " |")
    print("| " + " | ".join("-" * (w - 1) + ("-" if n == 0 else ":") for n, w in enumerate(widths)) + " |")
    for row in texts:
        cells = [
            cell.ljust(w) if n == 0 else cell.rjust(w)
            for n, (cell, w) in enumerate(zip(row, widths, strict=True))
        ]
        print("| " + " | ".join(cells) + " |")
    print(flush=True)


def verdict(what: str, reached: float, wanted: float, *, at_most: bool = False, unit: str = "x") -> bool:
    """One line: what was wanted, what was reached, and whether that is enough."""
    good = reached <= wanted if at_most else reached >= wanted
    bound = "at most" if at_most else "at least"
    print(
        f"- {'ok' if good else 'SHORT'}: {what}: {reached:.2f}{unit} ({bound} {wanted:g}{unit})", flush=True
    )
    return good


def show_calls(results: Sequence[Result]) -> None:
    """A row for each call: medians in milliseconds and the two ratios."""
    rows = [
        (r.name, _ms(r.greenroom), _ms(r.mlflow), _times(r.ratio), _times(r.above_empty)) for r in results
    ]
    table(("call", "Greenroom ms", "MLflow ms", "times as fast", "of empty route"), rows)


def show_refused(refused: Sequence[str]) -> None:
    """What a server would not answer, and was therefore not measured."""
    for line in refused:
        print(f"- refused: {line}")


def judge_calls(results: Sequence[Result]) -> None:
    """The wanted figures for calls over kept or over fresh connections."""
    measured = [r for r in results if r.ratio is not None]
    if not measured:
        return
    kept = measured[0].kept
    each, mean = (20, 40) if kept else (4, 10)
    slowest = min(measured, key=lambda r: r.ratio or 0)
    verdict(f"every call, the slowest is {slowest.name}", slowest.ratio or 0, each)
    for one in sorted(measured, key=lambda r: r.ratio or 0):
        if one is not slowest and (one.ratio or 0) < each:
            verdict(f"  {one.name}", one.ratio or 0, each)
    verdict("geometric mean", geometric_mean([r.ratio for r in measured if r.ratio]), mean)
    if not kept:
        for one in measured:
            if one.call and one.call.grows:
                verdict(f"where MLflow's time grows with versions: {one.name}", one.ratio or 0, 20)
    points = [r for r in results if r.call and r.call.point and r.above_empty]
    if points:
        worst = max(points, key=lambda r: r.above_empty or 0)
        verdict(f"point reads beside the empty route, the slowest is {worst.name}", worst.above_empty or 0, 3,
                at_most=True)  # fmt: skip


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _times(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"
