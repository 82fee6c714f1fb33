"""What clients are told of errors: MLflow's words where it has them, in a module for each package that raises them.

A kind that has no sentence here has the common one.
"""

from app.api.error_sentences import calls, core, registry, search, stages, tracking
from app.core.errors import GreenroomError
from app.http import error_sentences
from app.http.error_sentences import Sentences

SENTENCES: Sentences = {
    **calls.SENTENCES,
    **core.SENTENCES,
    **search.SENTENCES,
    **registry.SENTENCES,
    **stages.SENTENCES,
    **tracking.SENTENCES,
}


def sentence(error: GreenroomError) -> str:
    """Returns what a client is told of the error."""
    return error_sentences.sentence(error, SENTENCES)
