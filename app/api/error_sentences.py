"""MLflow's words for the errors that its clients know; every other kind has the common sentence."""

from app.core.errors import GreenroomError
from app.http import error_sentences
from app.http.error_sentences import Sentences
from app.registry.errors import ModelNotFound, VersionNotFound

SENTENCES: Sentences = {
    ModelNotFound: "Registered Model with name={name} not found",
    VersionNotFound: "Model Version (name={name}, version={number}) not found",
}


def sentence(error: GreenroomError) -> str:
    """Returns what a client is told of the error."""
    return error_sentences.sentence(error, SENTENCES)
