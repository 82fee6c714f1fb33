"""What people and programs are told of an error: one sentence for each kind, in a module for each package.

These are the sentences of the pages and the shell. The API has its own where MLflow's clients know other words
(`app.api.error_sentences`), and these for the rest.
"""

from collections.abc import Callable, Mapping
from typing import Any

from app.core.errors import GreenroomError
from app.http.error_sentences import (
    accounts,
    approvals,
    artifacts,
    authz,
    comparison,
    core,
    db,
    exporting,
    http,
    registry,
    search,
    sharing,
    stages,
    tracking,
)

# A text with the names of the error's arguments in braces, or a function of the error.
Sentence = str | Callable[[Any], str]
Sentences = Mapping[type[GreenroomError], Sentence]

COMMON: Sentences = {
    **accounts.SENTENCES,
    **approvals.SENTENCES,
    **artifacts.SENTENCES,
    **authz.SENTENCES,
    **comparison.SENTENCES,
    **core.SENTENCES,
    **http.SENTENCES,
    **db.SENTENCES,
    **exporting.SENTENCES,
    **search.SENTENCES,
    **registry.SENTENCES,
    **sharing.SENTENCES,
    **stages.SENTENCES,
    **tracking.SENTENCES,
}


def sentence(error: GreenroomError, own: Sentences | None = None) -> str:
    """Returns the sentence for the error: from the door's `own` table where that has its kind, else the common one."""
    text = (own or {}).get(type(error)) or COMMON[type(error)]
    return text(error) if callable(text) else text.format(**error.arguments)
