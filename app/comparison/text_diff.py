"""How one text differs from another, line by line."""

import difflib
from typing import NamedTuple

MOST_LINES = 2_000  # of both texts; difflib takes time with the square of them
MOST_CHARACTERS = 200_000
AROUND = 3  # unchanged lines that are shown before and after a change


class Line(NamedTuple):
    """A line with its `kind`: same, added, removed, or skipped, which stands for the lines it counts."""

    kind: str
    text: str


def changed_lines(before: str, after: str) -> list[Line] | None:
    """The lines that were changed with a few around them; none for equal texts, None for too long ones."""
    if before == after:
        return []
    old, new = before.splitlines(), after.splitlines()
    if len(old) + len(new) > MOST_LINES or len(before) + len(after) > MOST_CHARACTERS:
        return None
    found: list[Line] = []
    place = 0
    for group in difflib.SequenceMatcher(None, old, new).get_grouped_opcodes(AROUND):
        found += _skipped(group[0][1] - place)
        for tag, old_from, old_to, new_from, new_to in group:
            if tag == "equal":
                found += [Line("same", line) for line in old[old_from:old_to]]
            else:
                found += [Line("removed", line) for line in old[old_from:old_to]]
                found += [Line("added", line) for line in new[new_from:new_to]]
        place = group[-1][2]
    return found + _skipped(len(old) - place)


def _skipped(count: int) -> list[Line]:
    return [Line("skipped", f"{count} unchanged line{'' if count == 1 else 's'}")] if count > 0 else []
