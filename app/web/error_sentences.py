"""What the pages say of an error: their own sentence for kinds that only they have, the common one for all others."""

from app.core.errors import GreenroomError
from app.http import error_sentences
from app.http.error_sentences import Sentences
from app.web import errors

SENTENCES: Sentences = {
    errors.NoAccounts: "There are no accounts here yet: set up your team first.",
    errors.NoPasswordAllowed: "This account cannot have a password.",
    errors.NoPasswordToChange: "This account has no password that could be changed.",
    errors.NoSingleSignOnForAccount: "Nobody could sign in to this account with single sign-on.",
    errors.SessionAlreadyEnded: "That browser is signed out already.",
    errors.NoScopeChosen: "Select at least one scope.",
    errors.AreaNotFound: "There are no permissions on all {area}.",
    errors.StageNotFound: "There is no stage {name}.",
    errors.UnusableGroup: lambda error: sentence(error.cause),
    errors.RequestOfOtherVersion: "There is no request {request_id} about version {number} of {name}.",
    errors.DecisionTooLate: "{reason}",
    errors.CommentOfOtherVersion: "There is no comment {comment_id} on version {number} of {name}.",
    errors.NothingToRegister: "Run {run} has logged no model that could be registered.",
    errors.NoModelChosen: "Choose one of the models that the run has logged.",
    errors.InvalidStep: "{field} is {text!r}; give a step, a whole number.",
    errors.SingleSignOnOff: "This server is not set up for single sign-on.",
    errors.SignInNotBegun: "This sign-in was started in another browser or has expired. Sign in again.",
    errors.TeamAlreadySetUp: "This registry already has accounts. Sign in.",
    errors.SetUpRefused: lambda error: sentence(error.cause),
    errors.NoNameGiven: "Give the name.",
    errors.NoLevelChosen: "Choose a level.",
}


def sentence(error: GreenroomError) -> str:
    """Returns what a page says of an error."""
    return error_sentences.sentence(error, SENTENCES if type(error) in SENTENCES else None)
