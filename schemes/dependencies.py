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
    rules = _rules(scheme)
    if len(rules) < len(scheme.values) + len(scheme.components) + len(scheme.limits):
        return  # a name that is taken twice was noted
    try:
        order = _in_order(rules)
    except CycleError as error:
        circle = error.args[1]  # each needs the one before it
        read.wrong(
            _place(rules[circle[-1]]),
            f"'{circle[-1]}' needs itself: {' ← '.join(circle)}.",
            f"«{circle[-1]}» зависит от самого себя: {' ← '.join(circle)}.",
            Words(en="A rule can only use what is known before it.", ru="Правило использует только то, что известно до него."),
        )  # fmt: skip
        return
    totals: dict[str, str] = {name: name for name in _earned(scheme)}  # name → the total that it needs or is
    for name in order:
        rule = rules[name]
        needed = sorted(totals[other] for other in needed_by(rule) if other in totals)
        if not isinstance(rule, NamedValue):
            totals[name] = name
        elif needed:
            totals[name] = needed[0]
        if isinstance(rule, Component) and rule.on != PERIOD and needed:
            read.wrong(
                _place(rule),
                f"'{name}' pays on events and needs the total of '{needed[0]}', which is known after them.",
                f"«{name}» платит за события, а «{needed[0]}» — итог, известный только после них.",
                Words(en="Pay it on: period.", ru="Платите за период: on: period."),
            )  # fmt: skip


def levels(scheme: Scheme) -> dict[str, int]:
    """In which round each rule of the period is calculated: after all that it needs.

    With totals rounded, a component on events has a round too: that of its rounding.
    """
    rules = _rules(scheme)

    def is_counted(name: str) -> bool:
        rule = rules[name]
        if isinstance(rule, Component):
            return rule.on == PERIOD or rule.measures_events or scheme.rounding.each == "total"
        return isinstance(rule, Limit)

    found: dict[str, int] = {}
    for name in _in_order(rules):
        below = max((found[needed] for needed in needed_by(rules[name]) & rules.keys()), default=0)
        found[name] = below + 1 if is_counted(name) else below
    return found


def looking_at_others(scheme: Scheme) -> set[str]:
    """The rules of the period that need what others earned, by themselves or through other rules."""
    rules, earned = _rules(scheme), _earned(scheme)
    found: set[str] = set()
    for name in _in_order(rules):
        if needed_by(rules[name]) & (earned | found):
            found.add(name)
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


def _rules(scheme: Scheme) -> dict[str, Rule]:
    return {**scheme.values, **scheme.components, **scheme.limits}


def _in_order(rules: dict[str, Rule]) -> list[str]:
    """Every rule after those it needs; CycleError where there is no such order."""
    return list(
        TopologicalSorter({name: needed_by(rule) & rules.keys() for name, rule in rules.items()}).static_order()
    )


def _earned(scheme: Scheme) -> set[str]:
    """The measures that are totals of others."""
    return {name for name, of in scheme.measures.items() if of.of_others and of.of_others.what == "earned"}


def _place(rule: Rule) -> Place:
    assert rule.place is not None
    return rule.place
