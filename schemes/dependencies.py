"""What of a scheme needs what: no value may need itself, and no event may wait for totals that it is part of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Rounds:
    """When the rules of a contract's period are calculated.

    levels: each one's round, after all that it needs. looking_at_others: those that need what others earned, by
    themselves or through other rules.
    """

    levels: Mapping[str, int]
    looking_at_others: frozenset[str]


def rounds(versions: Mapping[str, Scheme]) -> Rounds:
    """The rounds of the rules of the period.

    versions: each rule's, by name: the version by whose terms it is reckoned. Where one version gave way to another
    within the period they differ, and a rule of one may wait for a rule of the other, whose total it is a part of.
    Raises CycleError where each would wait for the other.
    """
    needed = _nodes(versions)
    found: dict[tuple[int, str], int] = {}
    looking: set[tuple[int, str]] = set()
    of_version = {scheme.version: (_rules(scheme), _earned(scheme)) for scheme in versions.values()}
    in_order = TopologicalSorter({node: sorted(others) for node, others in sorted(needed.items())})
    for node in in_order.static_order():
        number, name = node
        rules, earned = of_version[number]
        below = max((found[other] for other in needed[node]), default=0)
        is_of_period = name in versions and versions[name].version == number
        found[node] = below + 1 if is_of_period else below
        if needed_by(rules[name]) & earned or needed[node] & looking:
            looking.add(node)
    ends = {name: (scheme.version, name) for name, scheme in versions.items()}
    return Rounds(
        {name: found[node] for name, node in ends.items()},
        frozenset(name for name, node in ends.items() if node in looking),
    )


def _nodes(versions: Mapping[str, Scheme]) -> dict[tuple[int, str], set[tuple[int, str]]]:
    """What each rule of the period needs, and what that needs in its turn, each by its version and name."""
    schemes = {scheme.version: scheme for scheme in versions.values()}
    waiting = [(scheme.version, name) for name, scheme in versions.items()]
    found: dict[tuple[int, str], set[tuple[int, str]]] = {}
    while waiting:
        node = waiting.pop()
        if node in found:
            continue
        number, name = node
        rules = _rules(schemes[number])
        found[node] = set()
        for other in needed_by(rules[name]) & rules.keys():
            if not isinstance(rules[other], NamedValue):  # a total: of all that the name has earned in the period
                if other in versions:
                    found[node].add((versions[other].version, other))
            else:
                found[node].add((number, other))
        waiting += found[node]
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
