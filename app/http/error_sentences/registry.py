"""Sentences about registered models and their versions."""

from app.registry.errors import ModelNotFound, VersionNotFound

SENTENCES = {
    ModelNotFound: "There is no model named {name}.",
    VersionNotFound: "{name} has no version {number}.",
}
