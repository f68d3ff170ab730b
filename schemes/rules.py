"""Rules: what is left of a component's formulas when every number is taken out.

Literals (texts aside), attributes and dated terms become typed parameters `terms.money_1`, `terms.share_1`…;
the SQL that is left is a rule, at its place: the first condition, the second…, the amount, the measure. Components
that differ only in numbers share their rules, and those that differ in one condition share all others, so the
models' `case terms.condition_1 when 1 then …` stay short however many scheme versions are in force.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from schemes.formula import Formula
from schemes.model import Component, Rounding, Scheme, Tiers, Value
from schemes.reading import typed
from schemes.streams import streams

AMOUNT, MEASURE = "amount_rule", "measure_rule"
"""The places of what an event earns, and of what it adds to the period's sum; conditions are at `condition_1`…"""


@dataclass(frozen=True)
class Rule:
    """SQL over `events.<name>` and `terms.<parameter>` at a place; equal rules are one row of `inputs.rules`.

    is_window: a condition that asks how old the subscriber is, and nothing else.
    """

    place: str
    sql: str
    is_window: bool = False


@dataclass
class Parameters:
    """The parameters of one component, in the order in which its formulas first need them.

    slots: column of `inputs.terms` → what fills it: ("name", attribute or term) or ("literal", value).
    """

    scheme: Scheme
    stream: str
    slots: dict[str, tuple[str, Value]] = field(default_factory=dict)

    def column(self, name: str) -> str:
        """SQL of a name: the event's column, or the parameter that holds the attribute or term."""
        if name in streams()[self.stream].names:
            return f"events.{name}"
        kind = self.scheme.type_of(name)
        assert kind is not None, name  # the parser has refused unknown names
        return self._slot(kind, ("name", name))

    def literal(self, kind: str, text: str) -> str | None:
        """SQL of a literal: a parameter, but for texts and flags, which belong to the rule itself."""
        if kind in ("text", "flag"):
            return None
        return self._slot(kind, ("literal", typed(text, kind)))

    def _slot(self, kind: str, filling: tuple[str, Value]) -> str:
        for column, known in self.slots.items():
            if known == filling and column.startswith(f"{kind}_"):
                return f"terms.{column}"
        number = 1 + sum(column.startswith(f"{kind}_") for column in self.slots)
        self.slots[f"{kind}_{number}"] = filling
        return f"terms.{kind}_{number}"


def rules_of(scheme: Scheme, component: Component) -> tuple[list[Rule], Parameters]:
    """The rules of a component, and the parameters that a contract's terms must fill."""
    parameters = Parameters(scheme, component.on)

    def sql(formula: Formula) -> str:
        return formula.sql(parameters.column, parameters.literal)

    rules = [
        Rule(f"condition_{number}", sql(condition), _is_window(condition, component.on))
        for number, condition in enumerate(component.conditions, 1)
    ]
    if not isinstance(component.pay, Tiers):
        rules.append(Rule(AMOUNT, rounded(sql(component.pay), scheme.rounding)))
    elif component.pay.measure is not None:
        rules.append(Rule(MEASURE, f"cast({sql(component.pay.measure)} as decimal(18, 4))"))
    return rules, parameters


def rounded(sql: str, rounding: Rounding) -> str:
    """SQL that rounds an exact decimal once; a cast to fewer places rounds a tie away from zero."""
    up = f"cast({sql} as decimal(18, {rounding.places}))"
    if rounding.mode == "half_up":
        return f"cast({up} as decimal(18, 4))"
    # Half to even: where the cast rounded a tie to an odd last digit, step back by one of that digit.
    unit = f"cast({Decimal(1).scaleb(-rounding.places)} as decimal(18, 4))"
    half = f"cast({Decimal(5).scaleb(-rounding.places - 1)} as decimal(18, 6))"
    is_odd_tie = f"abs({up} - ({sql})) = {half} and abs(cast({up} * {10**rounding.places} as bigint)) % 2 = 1"
    return f"cast(case when {is_odd_tie} then {up} - {unit} * sign({up}) else {up} end as decimal(18, 4))"


def _is_window(condition: Formula, stream: str) -> bool:
    names = streams()[stream].names
    events = [name for name in condition.names() if name in names]
    return bool(events) and all(names[name].is_age for name in events)
