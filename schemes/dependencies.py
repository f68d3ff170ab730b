"""What of a scheme needs what: no value may need itself, and no event may wait for totals that it is part of."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter

from prm.errors import Place
from prm.words import Words
from schemes.formula import Formula
from schemes.model import PERIOD, Component, Limit, NamedValue, Scheme, Tiers
from schemes.reading import Reader

Rule = Component | Limit | NamedValue


def check_dependencies(read: Reader, scheme: Scheme) -> None:
    """Notes rules that need themselves, and components on events that need totals."""
    rules: dict[str, Rule] = {**scheme.values, **scheme.components, **scheme.limits}
    if len(rules) < len(scheme.values) + len(scheme.components) + len(scheme.limits):
        return  # a name that is taken twice was noted
    needs = {name: needed_by(rule) & rules.keys() for name, rule in rules.items()}
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        circle = error.args[1]  # each needs the one before it
        read.wrong(
            _place(rules[circle[-1]]),
            f"'{circle[-1]}' needs itself: {' ← '.join(circle)}.",
            f"«{circle[-1]}» зависит от самого себя: {' ← '.join(circle)}.",
            Words(en="A rule can only use what is known before it.", ru="Правило использует только то, что известно до него."),
        )  # fmt: skip
        return
    for component in scheme.components.values():
        if component.on != PERIOD and (totals := _totals_needed(component.name, needs, rules)):
            read.wrong(
                _place(component),
                f"'{component.name}' pays on events and needs the total of '{totals[0]}', which is known after them.",
                f"«{component.name}» платит за события, а «{totals[0]}» — итог, известный только после них.",
                Words(en="Pay it on: period.", ru="Платите за период: on: period."),
            )  # fmt: skip


def levels(scheme: Scheme) -> dict[str, int]:
    """In which round each rule of the period is calculated: after all that it needs.

    With totals rounded, a component on events has a round too: that of its rounding.
    """
    rules: dict[str, Rule] = {**scheme.values, **scheme.components, **scheme.limits}

    def is_counted(name: str) -> bool:
        rule = rules[name]
        if isinstance(rule, Component):
            return rule.on == PERIOD or rule.measures_events or scheme.rounding.each == "total"
        return isinstance(rule, Limit)

    found: dict[str, int] = {}
    for name in TopologicalSorter(
        {name: needed_by(rule) & rules.keys() for name, rule in rules.items()}
    ).static_order():
        below = max((found[needed] for needed in needed_by(rules[name]) & rules.keys()), default=0)
        found[name] = below + 1 if is_counted(name) else below
    return found


def needed_by(rule: Rule) -> set[str]:
    """The names that a rule's formulas use, and the components a limit is of."""
    if isinstance(rule, NamedValue):
        return rule.formula.names()
    names = set().union(*(condition.names() for condition in rule.conditions))
    if isinstance(rule, Limit):
        return names | set(rule.of)
    formulas: list[Formula | None] = (
        [rule.pay.measure, rule.pay.applied_to] if isinstance(rule.pay, Tiers) else [rule.pay]
    )
    return names.union(*(formula.names() for formula in formulas if formula))


def _totals_needed(name: str, needs: dict[str, set[str]], rules: dict[str, Rule]) -> list[str]:
    """The components and limits that a rule needs, by itself or through named values."""
    found, waiting = [], sorted(needs[name])
    while waiting:
        needed = waiting.pop()
        if isinstance(rules[needed], NamedValue):
            waiting += sorted(needs[needed])
        else:
            found.append(needed)
    return sorted(found)


def _place(rule: Rule) -> Place:
    assert rule.place is not None
    return rule.place
