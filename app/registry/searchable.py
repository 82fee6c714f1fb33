"""What of the registry can be searched: registered models and model versions.

The first fields of each are MLflow's; the rest is Greenroom's own. The statements that these entities
apply to are `app.registry.reads.select_models` and `select_versions`.
"""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists

from app.registry.models import Alias, ModelTag, ModelVersion, RegisteredModel, Stage, VersionTag
from app.search import LISTS, MATCHES, PRESENCE, REGISTRY_LIMIT, Attribute, Entity, Keyed, Kind, Related
from app.search.tree import And, Comparison, Node, Not

# MLflow keeps prompts as registered models with this tag, and shows them only to those who ask for it.
PROMPT_TAG = "mlflow.prompt.is_prompt"


def _hides_prompts(tag: Any, owner: Any, owner_id: Any) -> Any:
    is_prompt = exists().where(owner == owner_id, tag.key == PROMPT_TAG, tag.value == "true")
    hidden = ~is_prompt.correlate_except(tag)

    def adjust(node: Node | None) -> tuple[Node | None, ColumnElement[bool] | None]:
        """Hide prompts unless the first condition on their tag asks for them (MLflow's `_is_querying_prompt`)."""
        first = next(_on_prompt_tag(node), None) if node is not None else None
        if first is not None and (first.operator, str(first.value).lower()) in (
            ("=", "true"),
            ("!=", "false"),
        ):
            return node, None
        # Models that are no prompts do not carry the tag, so that no condition on it must be left.
        return (node if first is None else _without_prompt_tag(node)), hidden

    return adjust


def _on_prompt_tag(node: Node | None) -> Any:
    if isinstance(node, Comparison):
        if node.name.prefix in ("tag", "tags") and node.name.key == PROMPT_TAG:
            yield node
    elif isinstance(node, Not):
        yield from _on_prompt_tag(node.part)
    elif node is not None:
        for part in node.parts:
            yield from _on_prompt_tag(part)


def _without_prompt_tag(node: Any) -> Node:
    """The tree with the conditions on that tag taken to hold."""
    if isinstance(node, Comparison):
        return And(()) if next(_on_prompt_tag(node), None) else node
    if isinstance(node, Not):
        return Not(_without_prompt_tag(node.part))
    return type(node)(tuple(_without_prompt_tag(part) for part in node.parts))


MODELS = Entity(
    name="registered model",
    fields=(
        Attribute(("name",), RegisteredModel.name, comparators=MATCHES | LISTS),
        Keyed(("tags", "tag"), source=ModelTag.__table__, parent=RegisteredModel.id,
              child=ModelTag.model_id, key=ModelTag.key, value=ModelTag.value,
              comparators=MATCHES | PRESENCE, sortable=False),
        Attribute(("updated",), RegisteredModel.updated_at, Kind.TIME,
                  sorts=("updated", "timestamp", "last_updated_timestamp")),
        Attribute(("created",), RegisteredModel.created_at, Kind.TIME),
        Attribute(("author",), RegisteredModel.created_by, comparators=MATCHES | LISTS),
        Attribute(("description",), RegisteredModel.description, comparators=MATCHES | PRESENCE, sorts=()),
        Related(("stage",), source=ModelVersion.__table__.join(Stage.__table__),
                link=and_(ModelVersion.model_id == RegisteredModel.id, ModelVersion.deleted_at.is_(None)),
                column=Stage.name, comparators=MATCHES | LISTS),
        Related(("alias",), source=Alias.__table__, link=Alias.model_id == RegisteredModel.id,
                column=Alias.name, comparators=MATCHES | LISTS | PRESENCE),
        Related(("any_tag",), source=ModelTag.__table__, link=ModelTag.model_id == RegisteredModel.id,
                column=ModelTag.key + "=" + ModelTag.value, comparators=MATCHES | PRESENCE),
    ),
    ties=("name ASC",),
    limit=1_000,
    limit_words=REGISTRY_LIMIT,
    words=("name", "description", "any_tag"),
    adjust=_hides_prompts(ModelTag, ModelTag.model_id, RegisteredModel.id),
)  # fmt: skip

VERSIONS = Entity(
    name="model version",
    fields=(
        Attribute(("name",), RegisteredModel.name, comparators=MATCHES | LISTS),
        Attribute(("version_number",), ModelVersion.number, Kind.WHOLE),
        Attribute(("run_id",), ModelVersion.run_uuid, comparators=MATCHES | LISTS, sorts=()),
        Attribute(("source_path",), ModelVersion.source, sorts=()),
        Keyed(("tags", "tag"), source=VersionTag.__table__, parent=ModelVersion.id,
              child=VersionTag.version_id, key=VersionTag.key, value=VersionTag.value,
              comparators=MATCHES | PRESENCE, sortable=False),
        Attribute(("created",), ModelVersion.created_at, Kind.TIME, sorts=("created", "creation_timestamp")),
        Attribute(("updated",), ModelVersion.updated_at, Kind.TIME,
                  sorts=("updated", "last_updated_timestamp")),
        Attribute(("stage",), Stage.name, comparators=MATCHES | LISTS),
        Attribute(("author",), ModelVersion.created_by, comparators=MATCHES | LISTS),
        Attribute(("description",), ModelVersion.description, comparators=MATCHES | PRESENCE, sorts=()),
        Related(("alias",), source=Alias.__table__, link=Alias.version_id == ModelVersion.id,
                column=Alias.name, comparators=MATCHES | LISTS | PRESENCE),
        Related(("any_tag",), source=VersionTag.__table__, link=VersionTag.version_id == ModelVersion.id,
                column=VersionTag.key + "=" + VersionTag.value, comparators=MATCHES | PRESENCE),
    ),
    default_order=("last_updated_timestamp DESC", "name ASC", "version_number DESC"),
    ties=("name ASC", "version_number DESC"),
    limit=200_000,
    limit_words=REGISTRY_LIMIT,
    words=("name", "description", "any_tag"),
    adjust=_hides_prompts(VersionTag, VersionTag.version_id, ModelVersion.id),
)  # fmt: skip
