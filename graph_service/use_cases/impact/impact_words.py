"""Steps of a proof and savings, in sentences."""

from graph_service.analysis import Absorbed, Absorber, Reason, Rule, States
from graph_service.model.impact_state import ImpactState
from graph_service.projection.codes import ACTIVE_ACTIVE, AUTO, STRENGTH_MASK, STRENGTHS
from graph_service.use_cases.impact.estate_words import EstateWords, plain, state_word
from graph_service.use_cases.impact.impact_answer import ProofRule, ProofStep, Saving, SavingRule

_DOWN, _DEGRADED = 3, 2


class ImpactWords:
    """Says why a CI is hit and what saved it, in one sentence each."""

    def __init__(self, words: EstateWords, states: States) -> None:
        self._words = words
        self._states = states
        self._snapshot = words.snapshot

    def sentence(self, step: Reason) -> str:
        """Return why a CI is in the state it is in."""
        name = self._words.name(step.ci)
        state = state_word(step.state)
        match step.rule:
            case Rule.CAUSE:
                return f"{name} is {state}: that is the question"
            case Rule.STARTING_STATE:
                return f"{name} is reported {state}"
            case Rule.RELATIONSHIP:
                return self._by_relationship(step, name)
            case _:
                return self._by_group(step, name)

    def proof_steps(self, steps: list[Reason]) -> tuple[ProofStep, ...]:
        """Return a proof with its sentences; each step rests on earlier ones."""
        index = {step.ci: place for place, step in enumerate(steps)}
        return tuple(
            ProofStep(
                index=place,
                ci=self._words.reference(step.ci),
                state=ImpactState(step.state),
                rule=ProofRule(step.rule.value),
                because=tuple(index[each] for each in step.because),
                relationship_ids=self._relationships(step),
                group=self._snapshot.groups.name[step.group] if step.group >= 0 else None,
                text=self.sentence(step),
            )
            for place, step in enumerate(steps)
        )

    def saving(self, ci: int, absorbed: Absorbed) -> Saving:
        """Return what saved a CI."""
        is_group = absorbed.absorber is Absorber.GROUP
        relationship = None
        if absorbed.entry >= 0:
            relationship = self._words.relationship(absorbed.lost[0], absorbed.entry)
        return Saving(
            rule=SavingRule(absorbed.absorber.value),
            by=self._words.references(absorbed.by if is_group else absorbed.lost),
            group=self._snapshot.groups.name[absorbed.group] if absorbed.group >= 0 else None,
            relationship_id=relationship,
            slack_left=absorbed.slack_left,
            verified=absorbed.verified,
            text=self._saved(ci, absorbed),
        )

    def _relationships(self, step: Reason) -> tuple[str, ...]:
        if step.rule is Rule.RELATIONSHIP:
            return (self._words.relationship(step.because[0], step.entry),)
        return tuple(self._words.membership(step.group, each) for each in step.because)

    def _by_relationship(self, step: Reason, name: str) -> str:
        provider = step.because[0]
        other = int(self._states.after[provider])
        verb = self._words.predicate(step.entry)
        text = f"{name} {verb} {self._words.name(provider)}, which is {state_word(other)}"
        if step.state < other:
            strength = STRENGTHS[int(self._snapshot.hit_code[step.entry]) & STRENGTH_MASK]
            softly = f"{strength.value} and for a time it can bear"
            if other - 3 + (int(self._snapshot.hit_code[step.entry]) & STRENGTH_MASK) == step.state:
                softly = strength.value
            text += f" ({softly}: {state_word(step.state)})"
        return text

    def _by_group(self, step: Reason, name: str) -> str:
        groups, group = self._snapshot.groups, step.group
        label = groups.name[group]
        members = "members" if label == "members" else f"members of its group {plain(label)}"
        k, size, k_full = int(groups.k[group]), groups.size(group), int(groups.k_full[group])
        worst = min(int(self._states.after[each]) for each in step.because)
        lost = f"{len(step.because)} of {size} {members} ({self._words.names(step.because)})"
        text = (
            f"{name} loses {lost}" if worst == _DOWN else f"{name} has {lost} {state_word(worst)}"
        )
        if not groups.k_known[group]:
            return f"{text}; how many it needs is not known, so all count"
        text += f"; needs {k}"
        standbys = self._standby_text(step)
        if standbys:
            return f"{text}, and {standbys}"
        if step.state == _DEGRADED and k_full > k:
            return f"{text}, and {k_full} to work well"
        if step.state < _DEGRADED and worst >= _DEGRADED:
            return f"{text}, so no spare is left"
        return text

    def _standby_text(self, step: Reason) -> str:
        groups, group = self._snapshot.groups, step.group
        mode = int(groups.mode[group])
        down = sum(int(self._states.after[each]) == _DOWN for each in step.because)
        if mode == ACTIVE_ACTIVE or down <= int(groups.rule[group, 3]):
            return ""
        if down > int(groups.rule[group, 1]) or not groups.is_standby(group).any():
            return ""
        if mode == AUTO:
            minutes = float(groups.switch_minutes[group])
            known = f" in {minutes:g} min" if minutes < 1e9 else ""  # noqa: PLR2004 - infinite
            return f"its standby takes over{known}"
        return "its standby takes over only by hand"

    def _saved(self, ci: int, absorbed: Absorbed) -> str:
        name, lost = self._words.name(ci), self._words.names(absorbed.lost)
        if absorbed.group >= 0:
            return self._carried(name, absorbed, lost)
        match absorbed.absorber:
            case Absorber.JUDGEMENT:
                return f"{name} is judged unaffected by {lost}"
            case Absorber.TOLERANCE:
                provider = absorbed.lost[0]
                minutes = self._patience(absorbed)
                return f"{name} bears {minutes:g} min without {self._words.name(provider)}"
            case _:
                code = int(self._snapshot.hit_code[absorbed.entry])
                strength = STRENGTHS[code & STRENGTH_MASK].value
                return f"{name} {self._words.predicate(absorbed.entry)} {lost} only as {strength}"

    def _carried(self, name: str, absorbed: Absorbed, lost: str) -> str:
        groups, group = self._snapshot.groups, absorbed.group
        if not absorbed.by:
            called = plain(groups.name[group])
            match absorbed.absorber:
                case Absorber.TOLERANCE:
                    minutes = float(groups.tolerance[group])
                    return f"{name} bears {minutes:g} min without its group {called} ({lost})"
                case Absorber.STRENGTH:
                    strength = STRENGTHS[int(groups.rule[group, 5])].value
                    return f"{name} loses {lost}, and needs its group {called} only as {strength}"
                case _:
                    return f"{name} loses {lost}, which its group {called} softens"
        # A member at risk still works, and does not carry on for itself.
        others = [each for each in absorbed.by if each not in absorbed.lost]
        verb = "carries" if len(others) == 1 else "carry"
        carrying = f"{self._words.names(others)} {verb} on for {lost}" if others else lost
        if set(absorbed.lost) <= set(absorbed.by):
            still = "still works" if len(absorbed.lost) == 1 else "still work"
            carrying = f"{lost} {still}, though at risk"
        return f"{carrying}; needs {int(groups.k[group])}, {absorbed.slack_left} to spare"

    def _patience(self, absorbed: Absorbed) -> float:
        place = self._snapshot.tolerant.searchsorted(absorbed.entry)
        return float(self._snapshot.tolerance[place])
