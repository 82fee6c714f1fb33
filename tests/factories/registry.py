"""Registered models and versions for tests, made by the verbs themselves."""

from app.authz.actors import Actor
from app.registry import models, versions
from app.registry.queries import ModelRow, VersionRow

ANNA = Actor(name="anna")
BEN = Actor(name="ben")


def make_model(name: str = "churn", **values) -> ModelRow:
    return models.create(name, actor=values.pop("actor", ANNA), **values)


def make_versions(count: int, name: str = "churn", **values) -> list[VersionRow]:
    """`count` versions of a model that there is."""
    source = values.pop("source", "s3://models/churn")
    return [versions.create(name, source, actor=values.get("actor", ANNA)) for _ in range(count)]


def shown(row: ModelRow | VersionRow) -> list:
    """What a row says, whatever the text in which a database wrote the JSON of its tags and aliases."""
    return [getattr(row, name.removesuffix("_json")) for name in row._fields]
