"""Compares two texts line by line."""

import difflib
from typing import NamedTuple

MAX_LINES = 2_000  # of both texts; difflib's time grows with the square of them
MAX_CHARACTERS = 200_000
CONTEXT_LINES = 3  # unchanged lines that are shown before and after a change


class Line(NamedTuple):
    """A line with its `kind`: same, added, removed, or skipped, which stands for the lines it counts."""

    kind: str
    text: str


def changed_lines(before: str, after: str) -> list[Line] | None:
    """Returns the changed lines with a few around them; an empty list for equal texts, None for too long ones."""
    if before == after:
        return []
    old, new = before.splitlines(), after.splitlines()
    if len(old) + len(new) > MAX_LINES or len(before) + len(after) > MAX_CHARACTERS:
        return None
    lines: list[Line] = []
    shown_up_to = 0
    for group in difflib.SequenceMatcher(None, old, new).get_grouped_opcodes(CONTEXT_LINES):
        lines += _skipped(group[0][1] - shown_up_to)
        for tag, old_from, old_to, new_from, new_to in group:
            if tag == "equal":
                lines += [Line("same", line) for line in old[old_from:old_to]]
            else:
                lines += [Line("removed", line) for line in old[old_from:old_to]]
                lines += [Line("added", line) for line in new[new_from:new_to]]
        shown_up_to = group[-1][2]
    return lines + _skipped(len(old) - shown_up_to)


def _skipped(count: int) -> list[Line]:
    return [Line("skipped", f"{count} unchanged line{'' if count == 1 else 's'}")] if count > 0 else []
