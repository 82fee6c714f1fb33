"""MLflow's words for the errors that its clients know, in a module for each package that raises them.

Every kind that has none here has the common sentence.
"""

from app.api.error_sentences import registry
from app.core.errors import GreenroomError
from app.http import error_sentences
from app.http.error_sentences import Sentences

SENTENCES: Sentences = {**registry.SENTENCES}


def sentence(error: GreenroomError) -> str:
    """Returns what a client is told of the error."""
    return error_sentences.sentence(error, SENTENCES)
