"""What it takes to move a version into a stage: the rule in force for a model, and its words.

Every stage has a rule: its own, on a model the model's own for that stage, or `Rule`'s defaults, which
are the abilities of Databricks' workspace registry: whoever manages the stages concerned (their `level`)
moves versions directly or approves, one approval is enough, and whoever may read may ask.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import NamedTuple

from sqlalchemy import bindparam, or_, select

from app.authz.levels import Level
from app.db.statements import Statement, each_of
from app.db.transactions import db
from app.registry import queries
from app.registry.tables import ARCHIVED, NONE
from app.stages import approver_groups as people
from app.stages import definitions
from app.stages.definitions import StageRow
from app.stages.tables import RuleGroup, StageRule

RULE = StageRule.__table__.c
RULE_GROUP = RuleGroup.__table__.c

_COLUMNS = (
    RULE.id,
    RULE.stage_id,
    RULE.model_id,
    RULE.approvals,
    RULE.asker_counts,
    RULE.must_ask,
    RULE.is_exclusive,
    RULE.needs_description,
    RULE.needs_schema,
    RULE.checks,
    RULE.tags,
)
_OF_STAGES = Statement(
    lambda: select(*_COLUMNS).where(
        RULE.stage_id.in_(each_of("stage_ids", int)),
        or_(RULE.model_id.in_(each_of("model_ids", int)), RULE.model_id.is_(None)),
    )
)
_OVERRIDES = Statement(
    select(*_COLUMNS)
    .where(RULE.stage_id == bindparam("stage_id"), RULE.model_id.is_not(None))
    .order_by(RULE.id)
)
_GROUPS = Statement(
    lambda: (
        select(RULE_GROUP.rule_id, RULE_GROUP.role, RULE_GROUP.group_id)
        .where(RULE_GROUP.rule_id.in_(each_of("rule_ids", int)))
        .order_by(RULE_GROUP.group_id)
    )
)


class _Columns(NamedTuple):
    """`_COLUMNS` as they are read."""

    id: int
    stage_id: int
    model_id: int | None
    approvals: int
    asker_counts: bool
    must_ask: bool
    is_exclusive: bool
    needs_description: bool
    needs_schema: bool
    checks: str
    tags: str


class Rule(NamedTuple):
    """The rule of a stage; `model_id` names the model whose own it is, `id` is None for the defaults.

    `approvals` are needed from `approver_groups` (ids; none: from whoever manages the stages concerned),
    and the asker's counts only with `asker_counts`. With `must_ask` nobody moves a version there
    directly but `direct_groups`. `checks` must have passed, `tags` must be there. `is_exclusive` says
    that one version alone holds the stage. `emergency_groups` may return to a former holder at once.
    """

    stage: StageRow
    id: int | None = None
    model_id: int | None = None
    approvals: int = 1
    asker_counts: bool = False
    must_ask: bool = False
    is_exclusive: bool = False
    needs_description: bool = False
    needs_schema: bool = False
    checks: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    approver_groups: tuple[int, ...] = ()
    direct_groups: tuple[int, ...] = ()
    emergency_groups: tuple[int, ...] = ()

    @property
    def has_requirements(self) -> bool:
        """Whether it wants to see something of the version itself."""
        return bool(self.checks or self.tags or self.needs_description or self.needs_schema)

    @property
    def all_groups(self) -> tuple[int, ...]:
        """Every group with a part in it."""
        return (*self.approver_groups, *self.direct_groups, *self.emergency_groups)


def of(stage: StageRow, model_id: int | None) -> Rule:
    """The rule for moving versions of the model (None: of any model without its own) into the stage."""
    return of_each([(stage, model_id)])[0]


def of_each(wanted: Sequence[tuple[StageRow, int | None]]) -> list[Rule]:
    """`of` for each of these stages and models, in two statements however many."""
    rows = [
        _Columns(*row)
        for row in _OF_STAGES.rows(
            stage_ids=_array(stage.id for stage, _ in wanted),
            model_ids=_array(model_id or 0 for _, model_id in wanted),
        )
    ]
    found = {(row.stage_id, row.model_id): row for row in rows}
    groups = _groups_of(rows)
    rules = []
    for stage, model_id in wanted:
        row = found.get((stage.id, model_id)) or found.get((stage.id, None))
        rules.append(Rule(stage) if row is None else _rule(stage, row, groups[row.id]))
    return rules


def _array(ids: Iterable[int]) -> str:
    return json.dumps(sorted(set(ids)))


def _groups_of(rows: Sequence[_Columns]) -> dict[int, list[tuple[str, int]]]:
    found: dict[int, list[tuple[str, int]]] = defaultdict(list)
    if rows:
        for rule_id, role, group_id in _GROUPS.rows(rule_ids=_array(row.id for row in rows)):
            found[rule_id].append((role, group_id))
    return found


def in_force(stage: StageRow, model_id: int) -> Rule:
    """`of`, and it stays so until the transaction ends; for verbs, after they have locked the model."""
    definitions.hold(stage)
    return of(stage, model_id)


def every(model_id: int | None = None) -> list[Rule]:
    """The rule of each stage in their order; with a model, what is in force there."""
    return of_each([(stage, model_id) for stage in definitions.every()])


def overrides(stage: StageRow) -> list[Rule]:
    """The rules that single models have for the stage instead of its own."""
    found = [_Columns(*row) for row in _OVERRIDES.rows(stage_id=stage.id)]
    groups = _groups_of(found)
    return [_rule(stage, row, groups[row.id]) for row in found]


def own_rules(stage: StageRow) -> list[tuple[str, Rule]]:
    """The living models that have a rule of their own for the stage, by name, with the rule."""
    found = overrides(stage)
    query = select(queries.MODEL.id, queries.MODEL.name).where(
        queries.MODEL.id.in_([rule.model_id for rule in found]), queries.MODEL.deleted_at.is_(None)
    )
    names = dict(tuple(row) for row in db.session.execute(query))
    return sorted((names[rule.model_id], rule) for rule in found if rule.model_id in names)


def _rule(stage: StageRow, row: _Columns, groups: Sequence) -> Rule:
    by_role: dict[str, list[int]] = defaultdict(list)
    for role, group_id in groups:
        by_role[role].append(group_id)
    return Rule(
        stage=stage,
        id=row.id,
        model_id=row.model_id,
        approvals=row.approvals,
        asker_counts=bool(row.asker_counts),
        must_ask=bool(row.must_ask),
        is_exclusive=bool(row.is_exclusive),
        needs_description=bool(row.needs_description),
        needs_schema=bool(row.needs_schema),
        checks=tuple(json.loads(row.checks)),
        tags=tuple(json.loads(row.tags)),
        approver_groups=tuple(by_role["approves"]),
        direct_groups=tuple(by_role["moves"]),
        emergency_groups=tuple(by_role["emergency"]),
    )


def words(rule: Rule, present: StageRow | None = None, names: Mapping[int, str] | None = None) -> str:
    """The rule in sentences, shown wherever it applies.

    "Production takes 2 approvals from risk, not the asker's own. The check bias must have passed." `present`
    is the stage that the version in question is in, since it takes the level of both; `names` are the
    groups', looked up where they are not given.
    """
    names = people.group_names(rule.all_groups) if names is None else names
    managers = people.level_words(highest_level(present or rule.stage, rule.stage))
    said = [_approvals(rule, managers, names), _directly(rule, managers, names)]
    if rule.checks:
        noun = "The check" if len(rule.checks) == 1 else "The checks"
        said.append(f"{noun} {_list(rule.checks)} must have passed.")
    needed = [
        thing
        for thing, is_needed in (("a description", rule.needs_description), ("a schema", rule.needs_schema))
        if is_needed
    ]
    if rule.tags:
        needed.append(f"the {'tag' if len(rule.tags) == 1 else 'tags'} {_list(rule.tags)}")
    if needed:
        said.append(f"The version must have {_list(needed)}.")
    if rule.is_exclusive:
        said.append("One version alone holds it: the former holder is archived.")
    if rule.emergency_groups:
        said.append(
            f"In an emergency {_groups(rule.emergency_groups, names)} may return to a former "
            "version at once, with a reason."
        )
    return " ".join(sentence for sentence in said if sentence)


def words_of_each(rules: Sequence[Rule], presents: Sequence[StageRow] = ()) -> list[str]:
    """`words` of each of these rules, with one look-up of groups for all of them.

    `presents` are the stages that the versions in question are in, one for each rule.
    """
    names = people.group_names({group_id for rule in rules for group_id in rule.all_groups})
    return [words(rule, present, names) for rule, present in zip_longest(rules, presents)]


_SUBJECTS = {NONE: "Going back to None", ARCHIVED: "Archiving"}


def _approvals(rule: Rule, managers: str, names: Mapping[int, str]) -> str:
    count = "1 approval" if rule.approvals == 1 else f"{rule.approvals} approvals"
    who = _groups(rule.approver_groups, names) if rule.approver_groups else managers
    subject = _SUBJECTS.get(rule.stage.name, rule.stage.name)
    own = "" if rule.asker_counts else ", not the asker's own"
    return f"{subject} takes {count} from {who}{own}."


def _directly(rule: Rule, managers: str, names: Mapping[int, str]) -> str:
    movers = [] if rule.must_ask else [managers]
    if rule.direct_groups:
        movers.append(_groups(rule.direct_groups, names))
    if not movers:
        return "Nobody moves a version there without asking."
    return f"Without asking, {_list(movers)} may move a version there."


def _groups(group_ids: Sequence[int], names: Mapping[int, str]) -> str:
    return _list([names.get(group_id, "a group that was deleted") for group_id in group_ids], "or")


def _list(items: Sequence[str], last: str = "and") -> str:
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


def highest_level(*stages: StageRow) -> int:
    """The level it takes to move a version between these stages."""
    return max(int(Level.MANAGE_STAGING), *(stage.level for stage in stages))
