"""Where Greenroom answers otherwise than MLflow on purpose: the whole list, which the parity tests read.

An entry that no request of the written cases needs any more fails `test_differences.py`.
"""

import re
from typing import NamedTuple


class Difference(NamedTuple):
    """`request` is searched in "METHOD path fields", `differs` matches the place in the answer as a whole.

    `peer`, where given, is searched in the peer's answer and narrows the entry further.
    """

    request: str
    differs: str
    reason: str
    peer: str = ""

    def covers(self, request: str, place: str, answer: str) -> bool:
        return bool(
            re.search(self.request, request)
            and re.fullmatch(self.differs, place)
            and re.search(self.peer, answer)
        )


DIFFERENCES: list[Difference] = []
