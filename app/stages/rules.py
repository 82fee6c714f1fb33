"""What it takes to move a version into a stage: the rule in force for a model, and its description.

Every stage has a rule: its own, on a model the model's own for that stage, or the defaults of `EffectiveRule`,
which are the abilities of Databricks' workspace registry: anyone who manages the stages concerned (their
`level`) moves versions directly or approves, one approval is enough, and anyone who may read may request.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import NamedTuple

from sqlalchemy import bindparam, or_, select

from app.authz.levels import Level
from app.core.ids import RegisteredModelId
from app.db.statements import Statement, each_of
from app.registry import queries
from app.registry.tables import ARCHIVED, NONE, Stage
from app.stages import approver_groups, definitions
from app.stages.checks import CheckReporter, read_checks
from app.stages.definitions import ALIAS_MARK, TAG_MARK, StageRow
from app.stages.tables import REASON, REFUSE, RuleGroup, StageRule

RULE = StageRule.__table__.c
RULE_GROUP = RuleGroup.__table__.c


class _StoredRule(NamedTuple):
    """A rule as its row has it."""

    id: int
    stage_id: int
    model_id: RegisteredModelId | None
    approvals: int
    requester_counts: bool
    must_request: bool
    is_exclusive: bool
    gives_way: bool
    needs_description: bool
    needs_schema: bool
    checks: str
    tags: str
    rollback_changed: str
    bound_stage: str | None
    followed_stage: str | None


class _Part(NamedTuple):
    """The part that a group has in a rule."""

    rule_id: int
    role: str
    group_id: int


class _ModelName(NamedTuple):
    """The name of a model by its key."""

    id: RegisteredModelId
    name: str


_BOUND = Stage.__table__.alias("bound_stage").c
_FOLLOWED = Stage.__table__.alias("followed_stage").c
_RULES = (
    select(
        RULE.id,
        RULE.stage_id,
        RULE.model_id,
        RULE.approvals,
        RULE.asker_counts.label("requester_counts"),
        RULE.must_ask.label("must_request"),
        RULE.is_exclusive,
        RULE.gives_way,
        RULE.needs_description,
        RULE.needs_schema,
        RULE.checks,
        RULE.tags,
        RULE.rollback_changed,
        _BOUND.name.label("bound_stage"),
        _FOLLOWED.name.label("followed_stage"),
    )
    .select_from(StageRule.__table__)
    .outerjoin(_BOUND.id.table, _BOUND.id == RULE.bound_stage_id)
    .outerjoin(_FOLLOWED.id.table, _FOLLOWED.id == RULE.followed_stage_id)
)
_OF_STAGES = Statement(
    lambda: _RULES.where(
        RULE.stage_id.in_(each_of("stage_ids", int)),
        or_(RULE.model_id.in_(each_of("model_ids", int)), RULE.model_id.is_(None)),
    ),
    _StoredRule,
)
_OVERRIDES = Statement(
    _RULES.where(RULE.stage_id == bindparam("stage_id"), RULE.model_id.is_not(None)).order_by(RULE.id),
    _StoredRule,
)
_PARTS = Statement(
    lambda: (
        select(RULE_GROUP.rule_id, RULE_GROUP.role, RULE_GROUP.group_id)
        .where(RULE_GROUP.rule_id.in_(each_of("rule_ids", int)))
        .order_by(RULE_GROUP.group_id)
    ),
    _Part,
)
_MODEL_NAMES = Statement(
    lambda: select(queries.MODEL.id, queries.MODEL.name).where(
        queries.MODEL.id.in_(each_of("model_ids", int)), queries.MODEL.deleted_at.is_(None)
    ),
    _ModelName,
)


class EffectiveRule(NamedTuple):
    """The rule of a stage; `model_id` names the model whose own it is, `id` is None for the defaults.

    `approvals` are needed from `approver_groups` (ids; none: from anyone who manages the stages concerned),
    and the requester's counts only with `requester_counts`. With `must_request` nobody moves a version there
    directly but `direct_groups`. `checks` must have passed, those of `reporters` as these report them; `tags` must
    be there. An alias can be bound to `bound_stage`, whose versions alone it points at, or follow `followed_stage`, at
    whose newest version it points; what a manager of the model set `gives_way` to rules for all models. With
    `is_exclusive` only one version can hold the stage. `emergency_groups` may roll back to a previous version at once.
    A rollback to a version that is not what it was in the stage is refused, or takes a reason (`rollback_changed`).
    """

    stage: StageRow
    id: int | None = None
    model_id: RegisteredModelId | None = None
    approvals: int = 1
    requester_counts: bool = False
    must_request: bool = False
    is_exclusive: bool = False
    gives_way: bool = False
    needs_description: bool = False
    needs_schema: bool = False
    checks: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    approver_groups: tuple[int, ...] = ()
    direct_groups: tuple[int, ...] = ()
    emergency_groups: tuple[int, ...] = ()
    reporters: tuple[CheckReporter, ...] = ()
    bound_stage: str | None = None
    followed_stage: str | None = None
    rollback_changed: str = REFUSE

    @property
    def is_of_alias(self) -> bool:
        """Whether it governs an alias, and not a stage."""
        return self.stage.name.startswith(ALIAS_MARK)

    @property
    def is_of_tag(self) -> bool:
        """Whether it governs a tag, and not a stage."""
        return self.stage.name.startswith(TAG_MARK)

    @property
    def is_protected(self) -> bool:
        """Whether it takes more to set the alias than to edit the model: it is bound to no stage, or names people."""
        binds_only = self.bound_stage is not None or self.followed_stage is not None
        names_people = self.must_request or self.approver_groups or self.direct_groups or self.approvals > 1
        return bool(names_people) or not binds_only

    @property
    def has_requirements(self) -> bool:
        """Whether it requires something of the version itself."""
        return bool(self.checks or self.tags or self.needs_description or self.needs_schema)

    @property
    def all_groups(self) -> tuple[int, ...]:
        """Every group with a part in it."""
        return (*self.approver_groups, *self.direct_groups, *self.emergency_groups)


def of(stage: StageRow, model_id: RegisteredModelId | None) -> EffectiveRule:
    """Returns the rule for moving versions of the model (None: of any model without its own) into the stage."""
    return of_each([(stage, model_id)])[0]


def of_each(stages_and_models: Sequence[tuple[StageRow, RegisteredModelId | None]]) -> list[EffectiveRule]:
    """Returns `of` for each of these stages and models, in two statements however many."""
    rows = _OF_STAGES.rows(
        stage_ids=_json_array(stage.id for stage, _ in stages_and_models),
        model_ids=_json_array(model_id or 0 for _, model_id in stages_and_models),
    )
    by_stage_and_model = {(row.stage_id, row.model_id): row for row in rows}
    parts = _parts_of(rows)
    rules = []
    for stage, model_id in stages_and_models:
        row = by_stage_and_model.get((stage.id, model_id))
        if row is None or row.gives_way:
            row = by_stage_and_model.get((stage.id, None)) or row
        rules.append(EffectiveRule(stage) if row is None else _effective(stage, row, parts[row.id]))
    return rules


def _json_array(ids: Iterable[int]) -> str:
    return json.dumps(sorted(set(ids)))


def _parts_of(rows: Sequence[_StoredRule]) -> dict[int, list[_Part]]:
    parts: dict[int, list[_Part]] = defaultdict(list)
    if rows:
        for part in _PARTS.rows(rule_ids=_json_array(row.id for row in rows)):
            parts[part.rule_id].append(part)
    return parts


def in_force(stage: StageRow, model_id: RegisteredModelId) -> EffectiveRule:
    """Returns `of`, which stays so until the transaction ends; for verbs, after they have locked the model."""
    definitions.lock_shared(stage)
    return of(stage, model_id)


def of_all_stages(model_id: RegisteredModelId | None = None) -> list[EffectiveRule]:
    """Returns the rule of each stage in their order; with a model, what is in force there."""
    return of_each([(stage, model_id) for stage in definitions.all_stages()])


def overrides(stage: StageRow) -> list[EffectiveRule]:
    """Returns the rules that single models have for the stage instead of its own."""
    rows = _OVERRIDES.rows(stage_id=stage.id)
    parts = _parts_of(rows)
    return [_effective(stage, row, parts[row.id]) for row in rows]


def overrides_by_model(stage: StageRow) -> list[tuple[str, EffectiveRule]]:
    """Returns the living models that have a rule of their own for the stage, by name, with the rule."""
    own = overrides(stage)
    if any(rule.gives_way for rule in own) and of(stage, None).id is not None:
        own = [rule for rule in own if not rule.gives_way]
    by_model = {rule.model_id: rule for rule in own if rule.model_id is not None}
    models = _MODEL_NAMES.rows(model_ids=_json_array(by_model))
    return sorted((model.name, by_model[model.id]) for model in models)


def _effective(stage: StageRow, row: _StoredRule, parts: Sequence[_Part]) -> EffectiveRule:
    checks, reporters = read_checks(row.checks)
    by_role: dict[str, list[int]] = defaultdict(list)
    for part in parts:
        by_role[part.role].append(part.group_id)
    return EffectiveRule(
        stage=stage,
        id=row.id,
        model_id=row.model_id,
        approvals=row.approvals,
        requester_counts=bool(row.requester_counts),
        must_request=bool(row.must_request),
        is_exclusive=bool(row.is_exclusive),
        gives_way=bool(row.gives_way),
        needs_description=bool(row.needs_description),
        needs_schema=bool(row.needs_schema),
        checks=checks,
        reporters=reporters,
        tags=tuple(json.loads(row.tags)),
        approver_groups=tuple(by_role["approves"]),
        direct_groups=tuple(by_role["moves"]),
        emergency_groups=tuple(by_role["emergency"]),
        bound_stage=row.bound_stage,
        followed_stage=row.followed_stage,
        rollback_changed=row.rollback_changed,
    )


def etag(rule: EffectiveRule) -> str:
    """Returns a short stand-in for the rule as it is in force, for whoever wants to replace no other."""
    return hashlib.sha256(repr((tuple(rule), describe(rule))).encode()).hexdigest()[:32]


def describe(
    rule: EffectiveRule, present: StageRow | None = None, names: Mapping[int, str] | None = None
) -> str:
    """Returns the rule in sentences, as they are shown wherever it applies.

    "Production requires 2 approvals from risk (not counting the requester) and a passing bias check. Everyone,
    including administrators, has to request it." `present` is the stage that the version in question is in,
    since it takes the level of both; `names` are the groups', looked up where they are not given.
    """
    names = approver_groups.group_names(rule.all_groups) if names is None else names
    if rule.followed_stage is not None:
        return f"{rule.stage.name} follows {rule.followed_stage}: it points at the newest version there."
    if rule.is_of_tag:
        return _who_tags(rule, names)
    binding = f"{rule.stage.name} can only point at a version in {rule.bound_stage}."
    if rule.bound_stage is not None and not rule.is_protected:
        return binding
    managers = approver_groups.level_label(highest_level(present or rule.stage, rule.stage))
    sentences = [_requires(rule, managers, names), _directly(rule, managers, names)]
    if rule.bound_stage is not None:
        sentences.insert(0, binding)
    if rule.is_exclusive:
        sentences.append("Only one version at a time; the previous one is archived.")
    if rule.rollback_changed == REASON:
        sentences.append("With a reason, it can be rolled back to a version that changed since it was there.")
    if rule.emergency_groups:
        sentences.append(
            f"In an emergency, {_groups(rule.emergency_groups, names)} can roll back to a previous version at "
            "once, with a reason."
        )
    return " ".join(sentences)


def describe_each(rules: Sequence[EffectiveRule], presents: Sequence[StageRow] = ()) -> list[str]:
    """Returns `describe` of each of these rules, with one look-up of groups for all of them.

    `presents` are the stages that the versions in question are in, one for each rule.
    """
    names = approver_groups.group_names({group_id for rule in rules for group_id in rule.all_groups})
    return [describe(rule, present, names) for rule, present in zip_longest(rules, presents)]


def _who_tags(rule: EffectiveRule, names: Mapping[int, str]) -> str:
    movers = [] if rule.must_request else [approver_groups.level_label(rule.stage.level)]
    movers += [names.get(group_id, DELETED_GROUP) for group_id in rule.direct_groups]
    return f"Only {_join(movers, 'or') or 'the operator'} can set or remove the tag {rule.stage.name[1:]}."


_SUBJECTS = {NONE: "Going back to None", ARCHIVED: "Archiving"}


def _requires(rule: EffectiveRule, managers: str, names: Mapping[int, str]) -> str:
    count = "1 approval" if rule.approvals == 1 else f"{rule.approvals} approvals"
    approvers = _groups(rule.approver_groups, names) if rule.approver_groups else managers
    subject = _SUBJECTS.get(rule.stage.name, rule.stage.name)
    if rule.is_of_alias:
        subject = f"Setting {rule.stage.name}"
    own = "" if rule.requester_counts else " (not counting the requester)"
    things = [f"{count} from {approvers}{own}", *_of_the_version(rule)]
    return f"{subject} requires {_join(things)}."


def _of_the_version(rule: EffectiveRule) -> list[str]:
    """Returns what the rule requires of the version itself, each as a noun with its article."""
    things = []
    bound = {reporter.check: reporter.name for reporter in rule.reporters}
    checks = [f"{name} by {bound[name]}" if name in bound else name for name in rule.checks]
    if len(checks) == 1 and not bound:
        things.append(f"a passing {checks[0]} check")
    elif checks:
        things.append(f"passing checks ({', '.join(checks)})")
    if rule.needs_description:
        things.append("a description")
    if rule.needs_schema:
        things.append("a schema")
    if rule.tags:
        things.append(f"the {'tag' if len(rule.tags) == 1 else 'tags'} {', '.join(rule.tags)}")
    return things


def _directly(rule: EffectiveRule, managers: str, names: Mapping[int, str]) -> str:
    movers = [] if rule.must_request else [managers]
    movers += [names.get(group_id, DELETED_GROUP) for group_id in rule.direct_groups]
    if not movers:
        return "Everyone, including administrators, has to request it."
    who = _join(movers, "or")
    act = "set it" if rule.is_of_alias else "move a version"
    if rule.must_request:
        return f"Everyone else, including administrators, has to request it; {who} can {act} directly."
    return f"{who[0].upper()}{who[1:]} can {act} directly."


DELETED_GROUP = "a deleted group"


def _groups(group_ids: Sequence[int], names: Mapping[int, str]) -> str:
    return _join([names.get(group_id, DELETED_GROUP) for group_id in group_ids], "or")


def _join(items: Sequence[str], last: str = "and") -> str:
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


def highest_level(*stages: StageRow) -> int:
    """Returns the level it takes to move a version between these stages."""
    return max(int(Level.MANAGE_STAGING), *(stage.level for stage in stages))
