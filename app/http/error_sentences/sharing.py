"""Sentences about granting access and setting up a team."""

from app.sharing import errors

SENTENCES = {
    errors.ModelIdNotFound: "There is no model with the id {model_id}.",
    errors.LevelNotGrantable: "There is no right to {level} on {area}.",
    errors.AccountsAlreadyExist: "This registry has its accounts already.",
}
