"""Rules that can never pay: a condition that nothing meets, an amount that is always 0, a cap that leaves nothing.

It is a fault of the draft, as a name that nobody uses is. Only what is certain is said. Versions that were added before
are not looked at again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from ruamel.yaml.comments import CommentedMap

from prm.period import Period
from prm.words import Words
from schemes import known
from schemes.ages import window_since_activation
from schemes.formula import Formula
from schemes.formula_types import PLACES
from schemes.model import PERIOD, Component, Measure, Scheme, Tiers
from schemes.model_names import MONTHS, month
from schemes.plurals import span
from schemes.possible import ANYTHING, Known, Names, exactly, met, value
from schemes.reading import Reader

_HINT = Words(en="Correct it, or remove the rule.", ru="Исправьте или уберите правило.")


@dataclass(frozen=True)
class _Why:
    """Why a rule can never pay: the key of its part that says so, and the words."""

    key: str
    en: str
    ru: str


def check_never_paying(read: Reader, node: CommentedMap, scheme: Scheme) -> None:
    """Notes components that can never pay, limits that leave nothing or never apply, measures that are always 0.

    node: the scheme's tree, for places. The scheme must be sound otherwise.
    """
    names = known.of_scheme(scheme)
    for measure in scheme.measures.values():
        if measure.on and (why := _of_measure(names, measure)):
            _note(
                read, node["measures"][measure.name], why, f"'{measure.name}' is always 0", f"«{measure.name}» всегда 0"
            )
    for component in scheme.components.values():
        section = node["components"][component.name]
        if component.claws_back:
            begins = f"'{component.name}' can never take anything back", f"«{component.name}» никогда ничего не вернёт"
        else:
            begins = f"'{component.name}' can never pay", f"«{component.name}» никогда ничего не заплатит"
        if why := _of_component(names, scheme, component):
            _note(read, section, why, *begins)
    for limit in scheme.limits.values():
        section = node["limits"][limit.name]
        if why := _of_conditions(_of_period(names, scheme), limit.conditions, "period"):
            _note(read, section, why, f"'{limit.name}' can never apply", f"«{limit.name}» никогда не действует")
        elif limit.bound == "at_most" and not limit.conditions and _is_zero(_operand(names, limit.amount)):
            why = _Why("at_most", "at most 0", "не больше 0")
            _note(read, section, why, f"'{limit.name}' leaves nothing", f"«{limit.name}» не оставляет ничего")


def _note(read: Reader, section: CommentedMap, why: _Why, en: str, ru: str) -> None:
    read.wrong(read.at(section, why.key), f"{en}: {why.en}.", f"{ru}: {why.ru}.", _HINT)


# --- why


def _of_measure(names: Names, measure: Measure) -> _Why | None:
    return _at_every_time(names, measure, lambda names: _of_conditions(names, measure.conditions, "event"))


def _of_component(names: Names, scheme: Scheme, component: Component) -> _Why | None:
    if component.on == PERIOD:
        return _of_rule(_of_period(names, scheme), component)
    names = {**names, "event_date": Known(low=Decimal(scheme.valid_from.toordinal()), is_whole=True)}
    if component.claws_back and (why := _of_window(scheme, component)):
        return why
    return _at_every_time(names, component, lambda names: _of_rule(names, component))


def _at_every_time(names: Names, rule: Component | Measure, why_not: Callable[[Names], _Why | None]) -> _Why | None:
    """Why a rule on events can't pay, whenever it looks at them; None where it can at one time at least."""
    times = rule.after or (None,)
    whys = [
        why_not({**names, **known.of_events(rule.on, number, delay, len(times))})
        for number, delay in enumerate(times, start=1)
    ]
    return None if None in whys else whys[0]


def _of_rule(names: Names, component: Component) -> _Why | None:
    if why := _of_conditions(names, component.conditions, "period" if component.on == PERIOD else "event"):
        return why
    for condition in component.conditions:
        names = met(names, condition.tree) or names
    if component.claws_back:
        is_all = isinstance(component.pay, Formula) and component.pay.text == "paid"
        return _Why("keeps", "all that was paid is kept", "остаётся всё выплаченное") if is_all else None
    if isinstance(component.pay, Tiers):
        is_zero = all(_is_zero(_operand(names, step.rate)) for step in component.pay.steps)
        return _Why("pay", "the rate of every tier is 0", "ставка каждой ступени — 0") if is_zero else None
    if _is_zero(value(names, component.pay.tree)):
        text = component.pay.written
        return _Why("pay", f'"{text}" is always 0', f"«{text}» всегда 0")
    return None


def _of_conditions(names: Names, conditions: tuple[Formula, ...], what: str) -> _Why | None:
    """Why no event (or no period) meets all conditions."""
    why = _unmet(names, conditions, what)
    if why or not set(MONTHS) <= {name for condition in conditions for name in condition.names()}:
        return why
    months = [
        {name: exactly(month(name, period)) for name in MONTHS} for period in Period(2026, 1).until(Period(2026, 12))
    ]
    if any(_unmet({**names, **numbers}, conditions, what) is None for numbers in months):
        return None
    return _Why(
        "where", "no month meets what it says of months", "ни один месяц не отвечает тому, что сказано о месяцах"
    )


def _unmet(names: Names, conditions: tuple[Formula, ...], what: str) -> _Why | None:
    none = {"event": "ни одно событие", "period": "ни один период"}[what]
    for condition in conditions:
        if met(names, condition.tree) is None:
            text = condition.written
            return _Why("where", f'no {what} meets "{text}"', f"{none} не отвечает условию «{text}»")
    for _ in range(2):  # what a later condition says may make an earlier one impossible
        for condition in conditions:
            narrowed = met(names, condition.tree)
            if narrowed is None:
                text = condition.written
                return _Why(
                    "where", f'"{text}" contradicts the other conditions', f"«{text}» противоречит другим условиям"
                )
            names = narrowed
    return None


def _of_window(scheme: Scheme, component: Component) -> _Why | None:
    """Why an activation looked at later comes too late to take anything back."""
    window = window_since_activation(scheme, component)
    if (
        window
        and component.after
        and all(delay.unit == window.unit and delay.count > window.count for delay in component.after)
    ):
        return _Why("after", f"its window of {span(window.count, window.unit, 'en')} is over by then",
                    f"к этому времени срок возврата ({span(window.count, window.unit, 'ru')}) уже прошёл")  # fmt: skip
    return None


# --- what names can be


def _of_period(names: Names, scheme: Scheme) -> Names:
    """What is known of measures, and of values made of what is known."""
    found = {
        **names,
        **{name: known.COUNT for name, of in scheme.measures.items() if of.counts_by or (of.on and of.sum is None)},
    }
    for _ in scheme.values:  # each may be made of others, in any order
        found |= {
            name: value(found, of.formula.tree).rounded(PLACES.get(of.type, 0)) for name, of in scheme.values.items()
        }
    return found


def _operand(names: Names, operand: Decimal | str) -> Known:
    return names.get(operand, ANYTHING) if isinstance(operand, str) else exactly(operand)


def _is_zero(known: Known) -> bool:
    return known.point == 0
