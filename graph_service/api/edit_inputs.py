"""The one edit language, as clients write it."""

import strawberry

from graph_service.api.inputs import UNSET, CIRef
from graph_service.api.scalars import Instant, Json, Minutes
from graph_service.api.types.enums import (
    Environment,
    GroupMode,
    GroupRole,
    Lifecycle,
    OperationalState,
)
from graph_service.model.impact_state import Strength
from graph_service.model.vocabulary import Channel


@strawberry.input(
    description="An attribute value; null says there is none, with a person's authority."
)
class AttributeInput:
    """An attribute value."""

    name: str
    value: Json | None = None
    text: str | None = strawberry.field(
        default=UNSET,
        description="Instead of value: the value as text, read by the type of the attribute.",
    )
    valid_until: Instant | None = strawberry.field(
        default=UNSET, description="When the value ends, and the next claim surfaces."
    )
    reason: str | None = strawberry.field(
        default=UNSET, description="Why this value; the reason of the whole write if left out."
    )


@strawberry.input(
    description="A tag to put on: a name, and a value where that says more. Letters, digits and "
    ". - _ / in the name; at most 100 tags a CI."
)
class TagInput:
    """A tag to put on."""

    name: str
    value: str | None = UNSET
    expires_at: Instant | None = strawberry.field(
        default=UNSET, description="When it goes by itself, with the next sweep."
    )


@strawberry.input(description="A new CI.")
class CIDraft:
    """A new CI."""

    key: str | None = strawberry.field(
        default=UNSET,
        description="Handle; assigned when left out. Other edits of the same list may refer to it.",
    )
    name: str
    class_: str = strawberry.field(name="class")
    description: str | None = UNSET
    lifecycle: Lifecycle | None = UNSET
    environment: Environment | None = UNSET
    tier: int | None = UNSET
    owner: str | None = UNSET
    support_group: str | None = UNSET
    attributes: list[AttributeInput] | None = strawberry.field(
        default=UNSET, description="Everything else, by vocabulary name."
    )
    tags: list[TagInput] | None = UNSET


@strawberry.input(
    description="Only what is given changes; null says that there is none, over all data sources."
)
class CIPatch:
    """Changes to a CI."""

    ci: CIRef
    name: str | None = UNSET
    class_: str | None = strawberry.field(name="class", default=UNSET)
    description: str | None = UNSET
    lifecycle: Lifecycle | None = UNSET
    operational_state: OperationalState | None = UNSET
    environment: Environment | None = UNSET
    tier: int | None = UNSET
    owner: str | None = UNSET
    support_group: str | None = UNSET
    attributes: list[AttributeInput] | None = UNSET
    release_attributes: list[str] | None = strawberry.field(
        default=UNSET,
        description="Withdraw what was stated by hand about these; the best other claim surfaces.",
    )
    add_tags: list[TagInput] | None = UNSET
    remove_tags: list[str] | None = strawberry.field(
        default=UNSET, description="Tags by name; also those that data sources put on."
    )


@strawberry.input(description="Type and ends of a relationship; unique among live ones.")
class RelationshipEndsInput:
    """Type and ends of a relationship."""

    type: str
    source: CIRef
    target: CIRef


@strawberry.input(
    description="A relationship as it should be; strength and the rest default from the type."
)
class RelationshipDraft:
    """A relationship as it should be."""

    type: str
    source: CIRef
    target: CIRef
    strength: Strength | None = UNSET
    channels: list[Channel] | None = UNSET
    tolerance_minutes: Minutes | None = UNSET
    group: str | None = UNSET
    role: GroupRole | None = UNSET
    protocol: str | None = UNSET
    port: int | None = UNSET
    evidence: str | None = UNSET


@strawberry.input(one_of=True, description="A count or a percentage of the members in service.")
class RequiredMembersInput:
    """How many members are needed."""

    count: int | None = UNSET
    percent: int | None = UNSET


@strawberry.input(description="A member, active unless said otherwise.")
class GroupMemberInput:
    """A member of a group."""

    ci: CIRef
    standby: bool = False


@strawberry.input(description="A redundancy group, by the CI that leans on it and its name.")
class RedundancyGroupRef:
    """Which redundancy group."""

    dependant: CIRef
    name: str


@strawberry.input(
    description="A group as it should be; replaces the group with this dependant and name. Left "
    "out, required is unknown: all members count as needed."
)
class RedundancyGroupDraft:
    """A redundancy group as it should be."""

    dependant: CIRef
    name: str
    members: list[GroupMemberInput] | None = strawberry.field(
        default=UNSET,
        description="CIs whose relationships with the dependant join; all others leave the group.",
    )
    required: RequiredMembersInput | None = UNSET
    k_full: int | None = UNSET
    mode: GroupMode | None = UNSET
    switch_minutes: Minutes | None = UNSET
    strength: Strength | None = UNSET
    evidence: str | None = UNSET


@strawberry.input(description="A value that a merge settles.")
class SettledValueInput:
    """A value that a merge settles."""

    name: str
    value: Json | None = None
    text: str | None = strawberry.field(
        default=UNSET,
        description="Instead of value: the value as text, read by the type of the attribute.",
    )


@strawberry.input(
    description="CIs that are one: all that is said of the others is said of the survivor, whose "
    "key, name and class stay."
)
class CIMerge:
    """CIs that are one."""

    survivor: CIRef
    others: list[CIRef]
    values: list[SettledValueInput] | None = strawberry.field(
        default=UNSET,
        description="What the merge settles, over all that is stated; the tier where they differ.",
    )


@strawberry.input(description="What a data source calls a CI.")
class ClaimRef:
    """What a data source calls a CI."""

    data_source: str
    native_key: str


@strawberry.input(
    description="A CI that is two: absorbed is a CI that was merged into it, which comes back; or "
    "claims are broken out, and become a CI of their own."
)
class CISplit:
    """A CI that is two."""

    ci: CIRef
    absorbed: CIRef | None = UNSET
    claims: list[ClaimRef] | None = UNSET
    key: str | None = strawberry.field(
        default=UNSET, description="Of the CI that claims become; assigned when left out."
    )


@strawberry.input(
    one_of=True,
    description="One edit of the estate; a list of them is applied whole or not at all.",
)
class EstateEdit:
    """One edit of the estate."""

    create_ci: CIDraft | None = UNSET
    update_ci: CIPatch | None = UNSET
    retire_ci: CIRef | None = UNSET
    reactivate_ci: CIRef | None = UNSET
    set_relationship: RelationshipDraft | None = UNSET
    retire_relationship: RelationshipEndsInput | None = UNSET
    set_redundancy_group: RedundancyGroupDraft | None = UNSET
    remove_redundancy_group: RedundancyGroupRef | None = UNSET
    merge_cis: CIMerge | None = UNSET
    split_ci: CISplit | None = UNSET
