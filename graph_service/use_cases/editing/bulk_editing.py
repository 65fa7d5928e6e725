"""One change of many CIs: planned row by row, then applied as one revision."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from graph_service.model.ci import CI
from graph_service.model.claim import MANUAL
from graph_service.model.codec import canonical
from graph_service.model.condition import Condition, condition_to_text
from graph_service.model.delta import DELTA_RECORDS_MAX, GraphDelta, Record
from graph_service.model.errors import Fault, InvalidInputError, NotFoundError, StaleRevisionError
from graph_service.model.ids import IdGenerator, new_id
from graph_service.model.place import Place
from graph_service.model.revision import Actor
from graph_service.model.vocabulary import Vocabulary
from graph_service.reconcile.draft import Draft
from graph_service.reconcile.ground import all_records
from graph_service.reconcile.redundancy import GROUP_PREFIX, ends_by_role, group_of
from graph_service.reconcile.terms import Author
from graph_service.store import CIQuery, GraphStore
from graph_service.use_cases.editing.bulk_plan import (
    BULK_PART,
    BULK_PLAN,
    PLAN_PREFIX,
    BulkChange,
    BulkEditPlan,
    BulkEffect,
    BulkRow,
    RowOutcome,
    RowValue,
    plan_from_records,
    plan_head,
    plan_records,
)
from graph_service.use_cases.editing.edit_computing import changes_of, drafted
from graph_service.use_cases.editing.edit_preview import values_of
from graph_service.use_cases.editing.edit_result import EditResult
from graph_service.use_cases.editing.editing import Editing
from graph_service.use_cases.editing.policy_enforcement import enforced_faults

CIS_AT_ONCE = 1_000
PARTS_AT_ONCE = 20
EFFECTS_MAX = 100


@dataclass(slots=True)
class _Tally:
    """What has been found so far."""

    matched: int = 0
    unchanged: int = 0
    changed: int = 0
    rows: list[BulkRow] = field(default_factory=list)
    effects: Counter[tuple[str, bytes, bytes]] = field(default_factory=Counter)
    values: dict[bytes, Any] = field(default_factory=dict)

    def note(self, row: BulkRow) -> None:
        """Take a row in."""
        if row.outcome is RowOutcome.CHANGED:
            self.changed += 1
        for each in row.values:
            before, after = canonical(each.before), canonical(each.after)
            self.values |= {before: each.before, after: each.after}
            self.effects[each.name, before, after] += 1
        if self.changed <= DELTA_RECORDS_MAX:
            self.rows.append(row)


class BulkEditing:
    """Plans changes of all CIs that meet a condition, keeps the plans, and applies them."""

    def __init__(
        self,
        store: GraphStore,
        vocabulary: Vocabulary,
        editing: Editing,
        *,
        clock: Callable[[], datetime],
        new_id: IdGenerator = new_id,
    ) -> None:
        self._store = store
        self._vocabulary = vocabulary
        self._editing = editing
        self._clock = clock
        self._new_id = new_id

    async def plan(self, where: Condition, change: BulkChange, *, actor: Actor) -> BulkEditPlan:
        """Say what a change would do to every CI that meets a settled condition, and keep it.

        Raises:
            InvalidInputError: It asks for nothing, or for more than one revision takes.

        """
        if change.is_empty:
            raise _refused("NOTHING_TO_DO", "this changes nothing", "set or unset something")
        head = await self._store.head()
        tally = _Tally()
        query = CIQuery(where=where, limit=CIS_AT_ONCE)
        while True:
            page = await self._store.find_cis(query)
            await self._tried(page.cis, change, tally, actor)
            if not page.has_next:
                break
            last = page.cis[-1]
            query = replace(query, after=(last.name, last.id))
        if tally.changed > DELTA_RECORDS_MAX:
            raise _refused(
                "DELTA_TOO_LARGE",
                f"this would change {tally.changed:,} CIs; one revision takes "
                f"{DELTA_RECORDS_MAX:,}",
                "narrow the filter, for example to a class or to keys that begin alike, and do it "
                "in several plans",
            )
        plan = BulkEditPlan(
            id=self._new_id(PLAN_PREFIX),
            where=condition_to_text(where),
            change=change,
            base_revision=head.revision,
            matched_count=tally.matched,
            unchanged_count=tally.unchanged,
            rows=tally.rows,
            effects=tuple(
                BulkEffect(
                    name=name, before=tally.values[before], after=tally.values[after], count=count
                )
                for (name, before, after), count in tally.effects.most_common(EFFECTS_MAX)
            ),
        )
        records = [*plan_records(plan)]
        for start in range(0, len(records), PARTS_AT_ONCE):
            await self._keep(records[start : start + PARTS_AT_ONCE], actor)
        return plan

    async def kept(self, plan_id: str) -> BulkEditPlan:
        """Return a plan that was kept.

        Raises:
            NotFoundError: There is none of this id.

        """
        head = await self._store.record(BULK_PLAN, plan_id)
        if head is None:
            raise NotFoundError("bulk edit plan", plan_id)
        parts = await all_records(self._store, BULK_PART, plan_id)
        plan = plan_from_records(head, parts.values())
        if not plan.applied:
            return plan
        # What it changed had not been touched since the plan: the first to do so was the plan.
        first = next(plan.changed)
        entries = await self._store.entries_of([first.id], after=plan.base_revision)
        return replace(plan, applied_in=entries[0].revision if entries else plan.base_revision)

    async def apply(self, plan_id: str, *, actor: Actor, reason: str) -> EditResult:
        """Do what a plan says as one revision; done already, return what came of it.

        Raises:
            NotFoundError: There is no such plan.
            InvalidInputError: The edits do not fit any more.
            StaleRevisionError: What it touches changed since it was made: plan again.

        """
        plan = await self.kept(plan_id)
        if plan.applied_in is not None:
            return _replayed(plan.applied_in)
        try:
            result = await self._editing.edit(
                plan.edits,
                actor=actor,
                reason=reason,
                expected_revision=plan.base_revision,
                records=[plan_head(replace(plan, applied=True))],
            )
        except StaleRevisionError:
            if twin := await self._twin(plan_id):
                return twin
            raise
        return result if result.changed else await self._twin(plan_id) or result

    async def _twin(self, plan_id: str) -> EditResult | None:
        """Return what came of a plan if somebody else applied it meanwhile."""
        revision = (await self.kept(plan_id)).applied_in
        return None if revision is None else _replayed(revision)

    async def _keep(self, records: Sequence[Record], actor: Actor) -> None:
        head = await self._store.head()
        delta = GraphDelta(based_on=head.revision, actor=actor, records=tuple(records))
        await self._store.apply(delta)

    async def _tried(
        self, cis: Sequence[CI], change: BulkChange, tally: _Tally, actor: Actor
    ) -> None:
        """Do the change to some CIs on a draft, each on its own."""
        rules, lacking = await self._rules(cis, change)
        edits = [
            (index, change.edit(ci.id, rules.get(ci.id, {})))
            for index, ci in enumerate(cis)
            if ci.id not in lacking
        ]
        at = self._clock()
        done = await drafted(
            self._store,
            self._vocabulary,
            edits,
            at=at,
            names=self._new_id,
            author=Author(actor),
        )
        faults: dict[str, list[Fault]] = {}
        judged = (
            *done.faults,
            *enforced_faults(self._vocabulary, done.draft, edits, done.steps.subjects),
        )
        for index, fault in judged:
            faults.setdefault(cis[index].id, []).append(fault)
        changes = await changes_of(self._store, self._vocabulary, done, at=at)
        for ci_id, fault in (await self._editing.not_owned(actor, changes)).items():
            faults.setdefault(ci_id, []).append(fault)
        after = {each.after.id: each.after for each in changes}
        for ci in cis:
            tally.matched += 1
            reasons = lacking.get(ci.id) or [_reason(each) for each in faults.get(ci.id, ())]
            row = BulkRow(
                id=ci.id,
                key=ci.key,
                name=ci.name,
                class_name=ci.class_name,
                outcome=RowOutcome.REFUSED if reasons else RowOutcome.CHANGED,
                reasons=tuple(reasons or ()),
                rules=rules.get(ci.id, {}),
            )
            if reasons:
                tally.note(row)
                continue
            values = tuple(_row_values(ci, after.get(ci.id, ci), done.draft))
            # What is so already is not stated again, unless it is on other terms; what is
            # withdrawn is news even where a data source says the same, for now.
            if values or ci.id in done.steps.withdrawn or (change.terms and ci.id in after):
                tally.note(replace(row, values=values))
            else:
                tally.unchanged += 1

    async def _rules(
        self, cis: Sequence[CI], change: BulkChange
    ) -> tuple[dict[str, dict[str, dict[str, Any]]], dict[str, list[str]]]:
        """Return the rules of each CI's groups after the change, and which CIs lack one."""
        if not change.groups:
            return {}, {}
        joined = await self._joined(cis)
        rules: dict[str, dict[str, dict[str, Any]]] = {}
        lacking: dict[str, list[str]] = {}
        for ci in cis:
            for group, said in change.groups.items():
                known = ci.attributes.get(f"{GROUP_PREFIX}{group}")
                if known is None and group not in joined.get(ci.id, ()):
                    message = f"{ci.key} has no redundancy group {group!r}"
                    lacking.setdefault(ci.id, []).append(message)
                    continue
                rules.setdefault(ci.id, {})[group] = _merged_rules(known or {}, said)
        return rules, lacking

    async def _joined(self, cis: Sequence[CI]) -> dict[str, set[str]]:
        """Return the names of the groups that relationships join, by the CI that leans on them."""
        found: dict[str, set[str]] = {}
        for each in await self._store.relationships_of([ci.id for ci in cis]):
            row = self._vocabulary.relationship_types.get(each.type)
            ends = row and ends_by_role(row, each.source, each.target, each.attributes)
            group = group_of(row, each.attributes) if row else None
            if ends and group:
                found.setdefault(ends[0], set()).add(group)
        return found


def _merged_rules(known: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    other = {"k": "percent", "percent": "k"}
    dropped = {other[name] for name in said if name in other}
    return {**{name: each for name, each in known.items() if name not in dropped}, **said}


def _reason(fault: Fault) -> str:
    return f"{fault.message} ({fault.remedy})" if fault.remedy else fault.message


def _replayed(revision: int) -> EditResult:
    return EditResult(revision=revision, changed=True, replayed=True)


def _row_values(before: CI, after: object, draft: Draft) -> Iterator[RowValue]:
    assert isinstance(after, CI)  # noqa: S101 - an update of a CI changes that CI
    others = [
        each for each in draft.claims.get(before.id, ()) if each.live and each.data_source != MANUAL
    ]
    changed = [*values_of(before, after)]
    for each in changed:
        says = tuple(
            (claim.data_source, said)
            for claim in others
            if (said := (claim.content.get("attributes") or {}).get(each.name)) is not None
            and said != each.after
        )
        yield RowValue(name=each.name, before=each.before, after=each.after, says=says)


def _refused(code: str, message: str, remedy: str) -> InvalidInputError:
    place = Place("input", "change" if code == "NOTHING_TO_DO" else "filter")
    return InvalidInputError([Fault(code=code, message=message, place=place, remedy=remedy)])
