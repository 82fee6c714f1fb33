"""Tables on standard output, and beside each wanted figure whether it was reached."""

import datetime
import os
import platform
import sqlite3
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

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


class Verdict(NamedTuple):
    """A wanted figure, what was reached of it, and whether that is enough."""

    wanted: str
    reached: str
    good: bool


def verdict(wanted: str, reached: float, bound: float, *, at_most: bool = False, note: str = "") -> Verdict:
    """Print what was wanted, what was reached (with a `note` on it), and whether it is within the bound."""
    good = reached <= bound if at_most else reached >= bound
    shown = Verdict(wanted, f"{reached:.2f}{note}", good)
    print(f"- {'ok' if good else 'SHORT'}: {wanted}: {shown.reached}", flush=True)
    return shown


def show_verdicts(verdicts: Sequence[Verdict]) -> None:
    """All of them, as docs/performance.md begins."""
    heading("What is wanted, and what was reached")
    table(("wanted", "reached", ""), [(v.wanted, v.reached, "ok" if v.good else "short") for v in verdicts])


def show_calls(results: Sequence[Result]) -> None:
    """A row for each call: medians in milliseconds and the ratios, over kept and over fresh connections."""
    kinds = [kept for kept in (True, False) if any(r.kept == kept for r in results)]
    by_call = {(r.name, r.kept): r for r in results}
    rows = []
    for name in dict.fromkeys(r.name for r in results):
        row = [name]
        for r in (by_call[name, kept] for kept in kinds):
            row += [_ms(r.greenroom), _ms(r.mlflow), _times(r.ratio), _times(r.above_empty)]
        rows.append(row)
    columns = [
        column
        for kept in kinds
        for column in (f"{'kept' if kept else 'fresh'}: Greenroom ms", "MLflow ms", "times", "of empty route")
    ]
    table(("call", *columns), rows)


def show_refused(refused: Sequence[str]) -> None:
    """What a server would not answer, and was therefore not measured."""
    for line in refused:
        print(f"- refused: {line}")


def judge_calls(results: Sequence[Result]) -> list[Verdict]:
    """The wanted figures for calls, all over kept or all over fresh connections."""
    measured = sorted((r for r in results if r.ratio is not None), key=lambda r: r.ratio or 0)
    if not measured:
        return []
    kept = measured[0].kept
    kind, each, mean = ("kept", 18, 40) if kept else ("fresh", 4, 8)
    verdicts = [_slowest(f"{kind} connections: every call {each} times as fast as MLflow's", measured, each)]
    ratios = [r.ratio for r in measured if r.ratio]
    verdicts.append(verdict(f"{kind} connections: geometric mean {mean} times", geometric_mean(ratios), mean))
    growing = [r for r in measured if r.call and r.call.grows]
    if growing and not kept:
        verdicts.append(
            _slowest("fresh connections: 20 times where MLflow's time grows with versions", growing, 20)
        )
    points = [r for r in results if r.call and r.call.point and r.above_empty]
    if points:
        worst = max(points, key=lambda r: r.above_empty or 0)
        verdicts.append(
            verdict(
                f"{kind} connections: point reads at most 3 times the empty route",
                worst.above_empty or 0,
                3,
                at_most=True,
                note=f" ({worst.name})",
            )
        )
    return verdicts


def _slowest(wanted: str, measured: Sequence[Result], bound: float) -> Verdict:
    """Of calls in the order of their ratios: the first one's, how many reach the bound, and which do not."""
    short = [r for r in measured if (r.ratio or 0) < bound]
    which = f": short are {', '.join(f'{r.name} {r.ratio:.1f}' for r in short)}" if short else ""
    note = f" ({measured[0].name}); {len(measured) - len(short)} of {len(measured)} calls{which}"
    return verdict(wanted, measured[0].ratio or 0, bound, note=note)


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _times(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"
