"""The policies in force: what an organisation has settled about its data."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from graph_service.model.vocabulary.policy_rows import (
    AllowedRule,
    BrakeLimits,
    EditingRules,
    LifetimeRule,
    PrecedenceRule,
    RequiredRule,
    Requirement,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetime:
    """After how long without being seen a CI is stale, and retired; ``None``: never."""

    stale_after: timedelta | None = None
    retire_after: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """Rules by section. Without any, what the product does of itself holds.

    All questions take a lineage: the class of a CI first, then what it specialises.
    """

    name: str = ""
    version: str = ""
    precedence: tuple[PrecedenceRule, ...] = ()
    required: tuple[RequiredRule, ...] = ()
    allowed: tuple[AllowedRule, ...] = ()
    brakes: BrakeLimits = field(default_factory=BrakeLimits)
    editing: EditingRules = field(default_factory=EditingRules)
    time_to_live: tuple[LifetimeRule, ...] = ()

    def sources(self, lineage: Sequence[str], attribute: str) -> Sequence[str]:
        """Return whom to believe about an attribute, best first; empty: as the product has it.

        A rule that names the attribute comes before one for all attributes, and among those the
        rule of the most special class.
        """
        for names in ((attribute,), ()):
            for class_name in lineage:
                for rule in self.precedence:
                    named = attribute in rule.attributes if names else not rule.attributes
                    if rule.class_name == class_name and named:
                        return rule.sources
        return ()

    def requirements(self, lineage: Sequence[str], tier: object) -> dict[str, RequiredRule]:
        """Return what a CI wants, by attribute: the rule that asks most, the enforced one first."""
        found: dict[str, RequiredRule] = {}
        ranks = [*Requirement]
        for rule in self.required:
            if rule.class_name not in lineage or (rule.tiers and tier not in rule.tiers):
                continue
            for name in rule.attributes:
                known = found.get(name)
                if known is None or (ranks.index(rule.level), not rule.enforce) < (
                    ranks.index(known.level),
                    not known.enforce,
                ):
                    found[name] = rule
        return found

    def allowed_values(self, lineage: Sequence[str], attribute: str) -> AllowedRule | None:
        """Return the rule about an attribute's values, that of the most special class."""
        for class_name in lineage:
            for rule in self.allowed:
                if (rule.class_name, rule.attribute) == (class_name, attribute):
                    return rule
        return None

    def lifetime(self, lineage: Sequence[str]) -> Lifetime:
        """Return how long a CI is believed unseen; each limit from the most special class."""
        stale: timedelta | None = None
        retire: timedelta | None = None
        for class_name in reversed(lineage):
            for rule in self.time_to_live:
                if rule.class_name == class_name:
                    stale = rule.stale_after or stale
                    retire = rule.retire_after or retire
        return Lifetime(stale_after=stale, retire_after=retire)


NO_POLICIES = Policies()
