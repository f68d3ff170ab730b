"""The subscriber's age in rules: which conditions are windows, and how far back a rule looks for its first days.

What a subscriber was charged, or paid, in its first days lies as many months back as it is old. A rule on other events
than the activation says itself how old the subscriber may be, so that no month is calculated from years of charges.
"""

from __future__ import annotations

from decimal import ROUND_FLOOR
from typing import cast

from ruamel.yaml.comments import CommentedMap

from prm.words import Words
from schemes import known
from schemes.formula import Formula
from schemes.model import PERIOD, Component, Delay, Measure, Scheme, Tiers
from schemes.possible import Names, met
from schemes.reading import Reader
from schemes.streams import streams

ACTIVATION = "activation"
_AGES = {"months": "months_since_activation", "days": "days_since_activation"}
_MOST = {"months": 120, "days": 3650}
_HINT = Words(
    en="Say in 'where' how old the subscriber may be, in a condition of its own, such as months_since_activation <= 12; at most 120 months.",
    ru="Укажите в «where» отдельным условием предельный возраст абонента, например months_since_activation <= 12; не больше 120 месяцев.",
)  # fmt: skip


def is_window(condition: Formula, on: str) -> bool:
    """Whether a condition speaks of the subscriber's age and of nothing else that is an event's."""
    if on == PERIOD:
        return False
    names = streams()[on].names
    events = [name for name in condition.names() if name in names]
    return bool(events) and all(names[name].is_age for name in events)


def windows(rule: Component | Measure) -> tuple[Formula, ...]:
    """The conditions outside of which a rule does not ask for a subscriber's first days; an activation has none."""
    if rule.on == ACTIVATION:
        return ()
    return tuple(of for of in rule.conditions if is_window(of, rule.on) and not of.activities())


def window_since_activation(scheme: Scheme, component: Component) -> Delay | None:
    """Up to which age of the subscriber a component takes back; None where that is not known, or without end."""
    of = component.claws_back
    if of is None or of.within is None or of.not_counting:
        return None
    is_since_activation = of.since == ACTIVATION or all(
        scheme.components[name].on == ACTIVATION and not scheme.components[name].after for name in of.of
    )
    return of.within if is_since_activation else None


def oldest(scheme: Scheme, rule: Component | Measure) -> Delay | None:
    """The greatest age, in whole months or in days, at which a rule asks for a subscriber's first days; None: any."""
    names: Names | None = {**known.of_scheme(scheme), **known.of_events(rule.on)}
    for condition in windows(rule):
        names = met(names, condition.tree) if names is not None else None
    if names is None:
        return Delay(0, "days")  # nobody is ever of such an age
    bounds = [(unit, names[name].high) for unit, name in _AGES.items()]
    found = [
        Delay(int(high.to_integral_value(ROUND_FLOOR)), unit)  # type: ignore[arg-type]
        for unit, high in bounds if high is not None and high <= _MOST[unit]
    ]  # fmt: skip
    if isinstance(rule, Component) and (window := window_since_activation(scheme, rule)):
        found.append(window)
    return min(found, key=lambda of: of.count if of.unit == "days" else (of.count + 1) * 31, default=None)


def check_first_days(read: Reader, node: CommentedMap, scheme: Scheme) -> None:
    """Notes rules that ask for the first days of subscribers of any age. node: the scheme's tree, for places."""
    rules: list[tuple[str, Component | Measure]] = [("measures", of) for of in scheme.measures.values() if of.on]
    rules += [("components", of) for of in scheme.components.values() if of.on != PERIOD]
    for section, rule in rules:
        asked = sorted(set().union(*(formula.activities() for formula in _formulas(rule))))
        if not asked or rule.on == ACTIVATION or oldest(scheme, rule):
            continue
        own = cast(CommentedMap, node[section][rule.name])
        read.wrong(
            read.at(own, "where") if "where" in own else read.at(node[section], rule.name, of_key=True),
            f"'{asked[0]}' looks back to the subscriber's first days, however long ago they were.",
            f"«{asked[0]}» смотрит на первые дни абонента, как бы давно они ни были.", _HINT,
        )  # fmt: skip


def _formulas(rule: Component | Measure) -> list[Formula]:
    if isinstance(rule, Measure):
        return [*rule.conditions, *([rule.sum] if rule.sum else [])]
    of = (rule.pay.measure, rule.pay.applied_to) if isinstance(rule.pay, Tiers) else (rule.pay,)
    return [*rule.conditions, *(formula for formula in of if formula)]
