"""Rules: what is left of a component's formulas when every number is taken out.

Literals, attributes and dated terms become typed parameters `terms.money_1`, `terms.share_1`… (texts, where many
rules would differ in nothing else: see `texts`); the SQL that is left is a rule, at its place: the first condition, the
second…, the amount, the measure. Components that differ only in numbers share their rules, and those that differ in one
condition share all others, so the models' `case terms.condition_1 when 1 then …` stay short however many scheme versions
are in force.

There are rules of events, over `events.<name>` and, of the event's outlet or subscriber, `of_outlet.measure_<n>`; and rules
of the period, over `contracts.measure_<n>` and `totals.total_<n>`. The places of the latter begin with `period_`, those of rules
that take back with `clawback_`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Literal

from schemes.ages import ACTIVATION, is_window, oldest, windows
from schemes.formula import Formula
from schemes.model import PERIOD, Clawback, Component, Delay, Limit, Measure, Scheme, Value
from schemes.model_names import INSTALMENTS, MONTHS, OF_WHAT_WAS_PAID
from schemes.reading import typed
from schemes.rounding import EXACT, portion, rounded
from schemes.slots import Slots
from schemes.streams import streams
from schemes.tier_rules import Measured, tier_rules

AMOUNT, MEASURE, SPLIT = "amount_rule", "measure_rule", "split_rule"
"""The places of what is earned, of what is measured, and of the split by tier; conditions are at `condition_1`…"""
EXCESS = "excess_rule"
"""The place of what an event earns beyond the four places that its line has, to twenty, where a scheme rounds totals."""
CLAWBACK = "clawback"
KEPT = f"{CLAWBACK}_kept_rule"
"""The place of what is kept of a line that is taken back."""
TEXT_PARAMETER = "literal"
"""The parameters that are texts of the scheme itself: `terms.literal_1`…"""
_KEPT = {"money": "decimal(18, 4)", "share": "decimal(18, 6)", "number": "decimal(18, 6)"}


@dataclass(frozen=True)
class Rule:
    """SQL at a place; equal rules are one row of `inputs.rules`.

    is_window: a condition that asks how old the subscriber is, and nothing else.
    """

    place: str
    sql: str
    is_window: bool = False


def in_currency(currency: str) -> str:
    """The end of a column's name whose money is in a currency: `amount_in_rub`."""
    return f"_in_{currency.lower()}"


@dataclass(frozen=True, order=True)
class Activity:
    """What a subscriber did in its first days: a column of the events, made only where a rule reads it."""

    name: str
    days: int
    currency: str

    @property
    def column(self) -> str:
        return f"{self.name}_{self.days}{in_currency(self.currency)}"


@dataclass
class Parameters:
    """Writes the SQL of one component's formulas, and gathers what its contracts' terms must fill in.

    parameters: column of the terms → what fills it: ("name", attribute or term), ("literal", value), ("table", table),
    ("month", one of MONTHS).
    lookups: the rules of the keys that tables are asked for. windows: the conditions outside of which the first days of
    subscribers are unknown.
    """

    scheme: Scheme
    on: str
    slots: Slots
    parameters: dict[str, tuple[str, Value]] = field(default_factory=dict)
    lookups: dict[str, Rule] = field(default_factory=dict)
    activities: set[Activity] = field(default_factory=set)
    claws_back: Clawback | None = None
    windows: tuple[Formula, ...] = ()

    def place(self, place: str) -> str:
        """A place's name: those of the period, and of what takes back, stand apart."""
        if self.on == PERIOD:
            return f"{PERIOD}_{place}"
        return f"{CLAWBACK}_{place}" if self.claws_back else place

    def column(self, name: str) -> str:
        """SQL of a name."""
        if self.on != PERIOD and name in streams()[self.on].names:
            is_money = streams()[self.on].names[name].type == "money"
            return f"events.{name}{in_currency(self.scheme.currency) if is_money else ''}"
        if measure := self.scheme.measures.get(name):
            found = self.slots.measure(measure)
            if measure.per:  # nothing was counted of it, or the event has none
                found = f"case when events.{measure.per}_id is not null then coalesce({found}, 0) end"
            return found if self.on == PERIOD else f"cast({found} as {_KEPT[measure.type]})"
        if name in self.scheme.components or name in self.scheme.limits:
            return f"totals.{self.slots.total(name)}"
        if value := self.scheme.values.get(name):
            sql = value.formula.sql(self, wide=True)
            return f"cast({sql} as {_KEPT[value.type]})" if value.type in _KEPT else f"({sql})"
        if self.claws_back and name in OF_WHAT_WAS_PAID:
            return self.paid if self.on == PERIOD else f"events.of_{name}"
        kind = "number" if name in INSTALMENTS else self.scheme.type_of(name)
        if kind is None and name in MONTHS:
            return self._parameter("number", ("month", name))
        assert kind is not None, name  # the parser has refused unknown names
        return self._parameter(kind, ("name", name))

    @property
    def paid(self) -> str:
        """SQL of what is left of the pay of an earlier period that is looked at again."""
        of = self.claws_back
        assert of is not None
        return f"totals.{self.slots.total_ago(of.of[0], of.months_ago)}"

    def literal(self, kind: str, text: str) -> str | None:
        """SQL of a literal: a parameter, but for flags, which belong to the rule itself; `Texts` settles the texts."""
        if kind == "flag":
            return None
        if kind == "text":
            return self._parameter(TEXT_PARAMETER, ("literal", text))
        return self._parameter(kind, ("literal", typed(text, kind)))

    def operand(self, operand: Decimal | str, kind: str) -> str:
        """SQL of a literal or of the name of an attribute or term."""
        return self.column(operand) if isinstance(operand, str) else self._parameter(kind, ("literal", operand))

    def lookup(self, table: str, keys: list[str]) -> str:
        """SQL of a table's value: a joined row's, or what the table says of missing keys."""
        key = " || chr(31) || ".join(keys)
        rule = next((column for column, known in self.lookups.items() if known.sql == key
                     and self.parameters[column] == ("table", table)), None)  # fmt: skip
        if rule is None:
            rule = f"lookup_{len(self.lookups) + 1}"
            self.lookups[rule] = Rule(self.place(f"{rule}_key"), key)
            self.parameters[rule] = ("table", table)
        of = self.scheme.tables[table]
        found = f"{rule}.text_value" if of.type == "text" else f"cast({rule}.value as {_KEPT[of.type]})"
        if of.missing is None:
            return found
        if isinstance(of.missing, Decimal):
            return f"coalesce({found}, {self.operand(of.missing, of.type)})"
        return f"coalesce({found}, {self._parameter(TEXT_PARAMETER, ('literal', str(of.missing)))})"

    def activity(self, name: str, days: int) -> str:
        """SQL of what a subscriber was charged, or paid, in so many first days."""
        activity = Activity(name, days, self.scheme.currency)
        self.activities.add(activity)
        if not self.windows:
            return f"events.{activity.column}"
        inside = " and ".join(f"({condition.sql(self)})" for condition in self.windows)
        return f"(case when {inside} then events.{activity.column} end)"

    def instalment(self, total: str) -> str:
        """SQL of this instalment's part: what is due up to it, less what was due before it, each rounded."""
        number, count = self.column("instalment"), self.column("instalments")
        rounding = self.scheme.rounding if self.scheme.rounding.each == "line" else EXACT
        due = [rounded(portion(total, of, count), rounding) for of in (number, f"{number} - 1")]
        return f"({due[0]} - {due[1]})"

    def _parameter(self, kind: str, filling: tuple[str, Value]) -> str:
        for column, known in self.parameters.items():
            if known == filling and column.startswith(f"{kind}_"):
                return f"terms.{column}"
        number = 1 + sum(column.startswith(f"{kind}_") for column in self.parameters)
        self.parameters[f"{kind}_{number}"] = filling
        return f"terms.{kind}_{number}"


@dataclass(frozen=True)
class Compiled:
    """A rule of a scheme as rows of terms need it: its rules by place, and what fills its parameters.

    pays: an `amount` for each event, or for their `volume` only, or what was paid is taken back. is_measured: whether its events add up to a measure.
    needs_events: a rule of the period that earns nothing, and has no line, where none of its events were counted.
    oldest: how old subscribers may be whose first days it asks for; None: as old as its delay says. per: what it
    measures is measured of each outlet, or each subscriber, too.
    """

    name: str
    on: str
    rules: tuple[Rule, ...]
    parameters: dict[str, tuple[str, Value]]
    pays: Literal["amount", "volume", "clawback"] = "amount"
    is_measured: bool = False
    per: str | None = None
    outcome: Literal["paid", "capped", "guaranteed", "rounded", "clawed_back"] = "paid"
    base: Literal["count", "amount"] | None = None
    needs_events: bool = False
    activities: frozenset[Activity] = frozenset()
    oldest: Delay | None = None
    delay: Delay | None = None
    claws_back: Clawback | None = None


def slots_of(scheme: Scheme) -> Slots:
    """Where the measures and totals of a scheme version stand, as its rules read them."""
    slots = Slots()
    event_rules(scheme, slots)
    period_rules(scheme, slots)
    return slots


def event_rules(scheme: Scheme, slots: Slots) -> list[Compiled]:
    """What of a scheme looks at events: the components on streams, then the measures; once for each delay."""
    found = []
    for component in scheme.components.values():
        if component.on != PERIOD:
            of_events = _clawback if component.claws_back else _of_events
            found += _at_each_time(scheme, component, of_events(scheme, slots, component))
    for measure in scheme.measures.values():
        if measure.on:
            found += _at_each_time(scheme, measure, _measure(scheme, slots, measure))
    return found


def _at_each_time(scheme: Scheme, rule: Component | Measure, compiled: Compiled) -> list[Compiled]:
    """The rule for each of its times, told which one it is."""
    after = rule.after
    if compiled.activities and rule.on != ACTIVATION:
        compiled = replace(compiled, oldest=oldest(scheme, rule))
    if not after:
        return [compiled]
    found = []
    for number, delay in enumerate(after, 1):
        known: dict[str, Value] = dict(zip(INSTALMENTS, (Decimal(number), Decimal(len(after))), strict=True))
        parameters = {
            column: ("literal", known[filling]) if kind == "name" and filling in known else (kind, filling)  # type: ignore[index]
            for column, (kind, filling) in compiled.parameters.items()
        }
        found.append(replace(compiled, on=delay.stream, parameters=parameters, delay=delay))
    return found


def _of_events(scheme: Scheme, slots: Slots, component: Component) -> Compiled:
    parameters = _parameters(scheme, slots, component)
    rules = _conditions(parameters, component.conditions)
    pay = component.pay
    if isinstance(pay, Formula):
        rules += _amount(lambda finished: _of_an_event(pay, parameters, finished), scheme)
        return _compiled(component.name, component.on, rules, parameters)
    if pay.measure is not None:
        rules.append(Rule(MEASURE, _of_an_event(pay.measure, parameters, _as_money)))
    if not pay.of_each_event:
        return _compiled(component.name, component.on, rules, parameters, pays="volume", is_measured=True)
    before = counted = None
    own = "base_amount" if pay.measure is not None else "cast(1 as decimal(18, 4))"
    if pay.in_order:  # the columns are those of int_event_lines
        before = "measured_before" if pay.measure is not None else "counted_before"
        if pay.is_cumulative:
            before = f"(contracts.{slots.measure_before(component)} + {before})"
        if pay.must_count_before:
            counted = (
                f"(contracts.{slots.count_before(component)} + known_before)" if pay.is_cumulative else "known_before"
            )
    measured = Measured(f"({before} + {own})" if before else own, before, own, counted)
    amount, split = tier_rules(pay, measured, parameters.operand)
    rules += [*_amount(lambda finished: finished(amount), scheme), Rule(SPLIT, split)]
    is_carried = pay.in_order and pay.over != "period"
    return _compiled(component.name, component.on, rules, parameters, is_measured=is_carried)


def _amount(write: Callable[[Callable[[str], str]], str], scheme: Scheme) -> list[Rule]:
    """What an event earns: rounded; or, where the total is, to four places, and what there is beyond them.

    write: makes the SQL of what it earns, finished in one way or another.
    """
    if scheme.rounding.each == "line":
        return [Rule(AMOUNT, write(lambda sql: rounded(sql, scheme.rounding)))]
    return [
        Rule(AMOUNT, write(lambda sql: rounded(sql, EXACT))),
        Rule(EXCESS, write(lambda sql: f"cast({sql} as decimal(38, 20)) - {rounded(sql, EXACT)}")),
    ]


def _parameters(scheme: Scheme, slots: Slots, rule: Component | Measure) -> Parameters:
    takes = rule.claws_back if isinstance(rule, Component) else None
    return Parameters(scheme, rule.on, slots, claws_back=takes, windows=windows(rule))


def _clawback(scheme: Scheme, slots: Slots, component: Component) -> Compiled:
    parameters = _parameters(scheme, slots, component)
    rules = _conditions(parameters, component.conditions)
    assert isinstance(component.pay, Formula)
    rounding = scheme.rounding if scheme.rounding.each == "line" else EXACT
    rules.append(Rule(KEPT, _of_an_event(component.pay, parameters, lambda sql: rounded(sql, rounding))))
    return _compiled(component.name, component.on, rules, parameters, pays="clawback", claws_back=component.claws_back)


def _measure(scheme: Scheme, slots: Slots, measure: Measure) -> Compiled:
    parameters = _parameters(scheme, slots, measure)
    rules = _conditions(parameters, measure.conditions)
    if measure.sum is not None:
        rules.append(Rule(MEASURE, _of_an_event(measure.sum, parameters, _as_money)))
    return _compiled(measure.name, measure.on, rules, parameters, pays="volume", is_measured=True, per=measure.per)


def _of_an_event(formula: Formula, parameters: Parameters, finished: Callable[[str], str] = str) -> str:
    """SQL of a formula over an event: the short products where they are long enough, which most are, else the long ones.

    finished: rounds what either gives, each before they meet: rounding the long ones takes a hundred times as long.
    """
    short = finished(formula.sql(parameters))
    fits = formula.fits(parameters)
    return f"case when {fits} then {short} else {finished(formula.sql(parameters, wide=True))} end" if fits else short


def _as_money(sql: str) -> str:
    return f"cast({sql} as decimal(18, 4))"


def _conditions(parameters: Parameters, conditions: tuple[Formula, ...]) -> list[Rule]:
    return [
        Rule(
            parameters.place(f"condition_{number}"),
            condition.sql(parameters, wide=True) if parameters.on == PERIOD else _of_an_event(condition, parameters),
            is_window(condition, parameters.on),
        )
        for number, condition in enumerate(conditions, 1)
    ]


def _compiled(name: str, on: str, rules: list[Rule], parameters: Parameters, **more: object) -> Compiled:
    return Compiled(
        name, on, (*rules, *parameters.lookups.values()), parameters.parameters,
        activities=frozenset(parameters.activities), **more,  # type: ignore[arg-type]
    )  # fmt: skip


def period_rules(scheme: Scheme, slots: Slots) -> list[Compiled]:
    """What of a scheme looks at the period as a whole: tiers of measures, components on it, limits, rounding."""
    found = []
    for component in scheme.components.values():
        if component.on == PERIOD or component.measures_events:
            found.append(_of_period(scheme, slots, component))
        elif scheme.rounding.each == "total":
            exact = f"(totals.{slots.total(component.name)} + totals.{slots.excess(component.name)})"
            found.append(_rounding(scheme, slots, component.name, exact))
    for limit in scheme.limits.values():
        if limit.per is None:
            found.append(_limit(scheme, slots, limit))
        elif scheme.rounding.each == "total":  # what it cuts, subscriber by subscriber, adds up to four places
            found.append(_rounding(scheme, slots, limit.name, f"totals.{slots.total(limit.name)}"))
    return found


def _rounding(scheme: Scheme, slots: Slots, name: str, exact: str) -> Compiled:
    """What rounding the total of what has its own lines takes or adds. exact: SQL of the total before."""
    parameters = Parameters(scheme, PERIOD, slots)
    amount = Rule(parameters.place(AMOUNT), f"{rounded(exact, scheme.rounding)} - totals.{slots.total(name)}")
    return _compiled(name, PERIOD, [amount], parameters, outcome="rounded")


def _of_period(scheme: Scheme, slots: Slots, component: Component) -> Compiled:
    parameters, pay = Parameters(scheme, PERIOD, slots, claws_back=component.claws_back), component.pay
    rules = _conditions(parameters, component.conditions) if component.on == PERIOD else []
    if isinstance(pay, Formula):
        amount = _earned(parameters, _own_part(parameters, component, pay.sql(parameters, wide=True)))
        rules.append(Rule(parameters.place(AMOUNT), amount))
        return _compiled(component.name, PERIOD, rules, parameters, **_as_clawback(component))
    if pay.by == "value":
        assert pay.measure is not None
        own = f"({pay.measure.sql(parameters, wide=True)})"
        measured = Measured(own, None, own)
    else:
        own = f"contracts.{slots.measure_of(component)}"
        before = f"contracts.{slots.measure_before(component)}" if pay.over != "period" else None
        counted = f"contracts.{slots.count_before(component)}" if before and pay.must_count_before else None
        measured = Measured(f"({before} + {own})" if before else own, before, own, counted)
    applied_to = f"({pay.applied_to.sql(parameters, wide=True)})" if pay.applied_to else None
    amount, split = tier_rules(pay, measured, parameters.operand, applied_to)
    rules += [
        Rule(parameters.place(AMOUNT), _earned(parameters, _own_part(parameters, component, amount))),
        Rule(parameters.place(MEASURE), f"cast({own} as decimal(18, 4))"),
        Rule(parameters.place(SPLIT), split),
    ]
    return _compiled(
        component.name, PERIOD, rules, parameters, base="amount" if pay.unit == "money" else "count",
        needs_events=component.on != PERIOD, **_as_clawback(component),
    )  # fmt: skip


def _own_part(parameters: Parameters, component: Component, whole: str) -> str:
    """What a rule of the period pays, rounded; of a whole that is shared, this contract's part.

    The part is what is due to all up to this contract, less what is due to those before it, each rounded: the parts
    add up to the whole, and the odd kopeck falls to the contract at which the sum of the parts reaches it.
    """
    rounding = parameters.scheme.rounding
    if component.split_by is None:
        return rounded(whole, rounding)
    slots, shares = parameters.slots, parameters.scheme.shares_of(component)
    of_all = slots.measure_of_sharers(shares, "all")
    parts = [slots.measure_of_sharers(shares, "up_to"), slots.measure_of_sharers(shares, "before")]
    due = [rounded(portion(whole, part, of_all), rounding) for part in parts]
    return f"({due[0]} - {due[1]})"


def _earned(parameters: Parameters, amount: str) -> str:
    """What a rule of the period comes to: its amount; or what is above it of an earlier pay, which is taken back."""
    if parameters.claws_back is None:
        return amount
    paid = parameters.paid
    kept = f"least(greatest({amount}, least({paid}, 0)), greatest({paid}, 0))"
    return f"case when {paid} = 0 then 0 when ({amount}) is not null then {kept} - {paid} end"


def _as_clawback(component: Component) -> dict[str, object]:
    return {"outcome": "clawed_back", "claws_back": component.claws_back} if component.claws_back else {}


def _limit(scheme: Scheme, slots: Slots, limit: Limit) -> Compiled:
    parameters = Parameters(scheme, PERIOD, slots)
    rules = _conditions(parameters, limit.conditions)
    total = " + ".join(parameters.column(name) for name in limit.of)
    difference = f"{parameters.operand(limit.amount, 'money')} - ({total})"
    cut = f"least({difference}, 0)" if limit.bound == "at_most" else f"greatest({difference}, 0)"
    if limit.recoverable:  # down to what was drawn before and not given back yet
        cut = f"greatest({difference}, -totals.{slots.total_before(limit.name)})"
    rules += [
        # An unknown total, as of others whose currency has no rate, is no reason to do without the limit.
        Rule(parameters.place(AMOUNT), f"cast(case when ({total}) is not null then {cut} end as decimal(18, 4))"),
        Rule(parameters.place(MEASURE), f"cast({total} as decimal(18, 4))"),
    ]
    return _compiled(
        limit.name, PERIOD, rules, parameters, base="amount",
        outcome="capped" if limit.bound == "at_most" else "guaranteed",
    )  # fmt: skip
