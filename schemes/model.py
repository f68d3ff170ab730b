"""A scheme version as the rest of the system sees it: parsed, typed, immutable."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from prm.errors import Place
from prm.words import Words
from schemes.formula import Formula

Value = Decimal | str | date | bool
PERIOD = "period"
"""What a component is on that pays for the period as a whole."""


@dataclass(frozen=True)
class Attribute:
    """A value that a contract may set for itself, inside the scheme's range.

    default: what holds where nothing is agreed; None: it is required, and something must be.
    """

    name: str
    type: str
    title: Words
    default: Value | None
    between: tuple[Decimal, Decimal] | None = None
    clause: str | None = None
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True)
class DatedValue:
    """A term's value from a day on, until the next value's day."""

    valid_from: date
    value: Value
    decided_on: date | None = None


@dataclass(frozen=True)
class Term:
    """A dated number of the scheme itself."""

    name: str
    type: str
    title: Words
    values: tuple[DatedValue, ...]
    clause: str | None = None
    place: Place | None = field(default=None, compare=False)

    def on(self, day: date) -> Value | None:
        """The value in force on a day; None before the first."""
        held = [dated.value for dated in self.values if dated.valid_from <= day]
        return held[-1] if held else None


@dataclass(frozen=True)
class Row:
    """A row of a table: one text a key, and the value from each day on."""

    keys: tuple[str, ...]
    values: tuple[DatedValue, ...]


@dataclass(frozen=True)
class Table:
    """Values by keys, called in formulas as `name(key, …)`.

    missing: the value of keys that stand in no row; None - nothing is paid for them.
    """

    name: str
    type: str
    title: Words
    keys: tuple[str, ...]
    rows: tuple[Row, ...]
    missing: Value | None
    clause: str | None = None
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Delay:
    """So many days or months of a subscriber's life after the activation; a month ends as `whole_months` says."""

    count: int
    unit: Literal["days", "months"]

    @property
    def stream(self) -> str:
        """The stream of the activations that are so old: `activation_30d`, `activation_3m`."""
        return f"activation_{self.count}{self.unit[0]}"


@dataclass(frozen=True)
class OfOthers:
    """Whose totals or measures a measure adds up.

    whose: `below` - of the counterparties so many levels below (1: those whose parent this one is); `group` - of this
    counterparty and all that are below it; `whole_group` - of the topmost above this one and all below it. what: `earned` - the totals of the components and limits named (of all,
    where none is); `counted` - the measures or counting components named.
    """

    whose: Literal["below", "group", "whole_group"]
    what: Literal["earned", "counted"]
    names: tuple[str, ...] = ()
    level: int = 1


@dataclass(frozen=True)
class Measure:
    """A number about a contract's period: how many events qualify, or what they add up to; a plan; or what others did.

    sum: what each event adds; None - events are counted. over: which periods add up to it; months_ago: or which
    one earlier period it is of. per: of each outlet, or each subscriber, by itself: rules on events read it of the event's own. plan: the plan's name, of a measure that is read from the data set of plans.
    of_others: of a measure that adds up other counterparties' totals (`earned`) or measures (`counted`).
    outlets, subscribers: of a measure that counts them: the measure (with `per`) by which each must reach `at_least` so much.
    """

    name: str
    title: Words
    type: Literal["number", "money"]
    on: str = ""
    conditions: tuple[Formula, ...] = ()
    sum: Formula | None = None
    over: Literal["period", "quarter", "year", "contract"] = "period"
    months_ago: int = 0
    plan: str | None = None
    of_others: OfOthers | None = None
    after: tuple[Delay, ...] = ()
    per: Literal["outlet", "subscriber"] | None = None
    outlets: str | None = None
    subscribers: str | None = None
    at_least: Decimal | str | None = None
    clause: str | None = None
    place: Place | None = field(default=None, compare=False)

    @property
    def counts_by(self) -> str | None:
        """Of a measure that counts outlets or subscribers: the measure by which each must reach so much."""
        return self.outlets or self.subscribers


@dataclass(frozen=True)
class NamedValue:
    """A formula with a name, over the period's measures, the components' totals and other named values."""

    name: str
    type: str
    title: Words
    formula: Formula
    clause: str | None = None
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Step:
    """One tier: from its threshold up to the next one's, at a rate.

    rate: a literal, or the name of an attribute or term, of the type that the tiers' `pays` says.
    """

    threshold: Decimal
    rate: Decimal | str


@dataclass(frozen=True)
class Tiers:
    """Pay by what was measured.

    by: `count` of the component's own events, `sum` of a formula over them, or `value` of a formula over the
    period. over: the span that is measured; with `event` each event is measured by itself. in_order: each event
    is paid in the tiers it reaches when its turn comes, in the order of the events' days.
    boundary: `above` - a measure of exactly the threshold belongs to the tier below; `from` - to this tier.
    counting: `slice` - each part at its own tier's rate; `whole` - everything at the rate reached; `interpolated`
    - everything at a rate between those of the thresholds around it, to six places.
    pays: `each` - money a unit of the measure; `share` - a part of it; `fixed` - a sum for reaching the tier.
    applied_to: what the rate is of, where that is not the measure itself.
    """

    by: Literal["count", "sum", "value"]
    measure: Formula | None
    counting: Literal["slice", "whole", "interpolated"]
    boundary: Literal["above", "from"]
    steps: tuple[Step, ...]
    pays: Literal["each", "share", "fixed"] = "each"
    over: Literal["period", "quarter", "year", "contract", "event"] = "period"
    in_order: bool = False
    applied_to: Formula | None = None

    @property
    def unit(self) -> str:
        """The type of the measure and of its thresholds."""
        return self.measure.type if self.measure else "number"

    @property
    def is_cumulative(self) -> bool:
        """Whether earlier periods are measured too."""
        return self.over not in ("period", "event")

    @property
    def of_each_event(self) -> bool:
        """Whether every event earns by itself, not the period as a whole."""
        return self.by != "value" and (self.over == "event" or self.in_order)

    @property
    def must_count_before(self) -> bool:
        """Whether the first tier's sum was paid can only be told by how many came before: a sum of some may be 0."""
        return self.pays == "fixed" and self.by == "sum" and bool(self.steps) and self.steps[0].rate != 0


@dataclass(frozen=True)
class Clawback:
    """What a component takes back: of whom it was paid, and until when.

    of: the components that have paid. within: how long after the day of what was paid, or after the activation
    (since), an event still takes it back; None: for ever. not_counting: days of suspension don't count towards it.
    months_ago: of a component on the period: the earlier period whose total it looks at again.
    """

    of: tuple[str, ...]
    within: Delay | None = None
    since: Literal["event", "activation"] = "event"
    not_counting: Literal["suspension"] | None = None
    months_ago: int = 0


@dataclass(frozen=True)
class Component:
    """One rule: what event it pays on, which events qualify, how much. on: a stream, or `period`.

    after: when an activation is looked at and paid, if not at once; several: in so many instalments.
    claws_back: what it takes back; its `pay` is what the counterparty keeps of it. split_by: the measure by which the
    contracts of the whole group share one pay.
    """

    name: str
    title: Words
    on: str
    conditions: tuple[Formula, ...]
    pay: Formula | Tiers
    after: tuple[Delay, ...] = ()
    claws_back: Clawback | None = None
    split_by: str | None = None
    clause: str | None = None
    place: Place | None = field(default=None, compare=False)

    @property
    def measures_events(self) -> bool:
        """Whether its events are counted over the period and paid for together."""
        return self.on != PERIOD and isinstance(self.pay, Tiers) and not self.pay.of_each_event

    @property
    def pays_events(self) -> bool:
        """Whether every event that qualifies has a line of what it earned."""
        return self.on != PERIOD and not self.measures_events


@dataclass(frozen=True)
class Limit:
    """What the named components pay together, by contract and period: at most so much, or at least.

    conditions: over the period; the limit holds where they are met. recoverable: what a guarantee added is a draw:
    later periods give it back out of what they earn above the guarantee. per: a cap on each subscriber by itself; over:
    on what it brings in the period, or since the contract began. of: components, measures of what others earned, and
    caps on subscribers, whose cuts are counted.
    """

    name: str
    title: Words
    of: tuple[str, ...]
    bound: Literal["at_most", "at_least"]
    amount: Decimal | str
    conditions: tuple[Formula, ...] = ()
    recoverable: bool = False
    per: Literal["subscriber"] | None = None
    over: Literal["period", "contract"] = "period"
    clause: str | None = None
    place: Place | None = field(default=None, compare=False)


Mode = Literal["half_up", "half_even", "down", "up"]


@dataclass(frozen=True)
class Rounding:
    """Rounding, once. each: a `line`, or the `total` of a component (its lines keep four places).

    mode: `half_up` - a tie goes away from zero; `half_even` - to the even digit; `down` - towards zero, always;
    `up` - away from zero, always.
    """

    places: int = 2
    mode: Mode = "half_up"
    each: Literal["line", "total"] = "line"


@dataclass(frozen=True)
class Scheme:
    """One version of a scheme.

    announced_on: when the counterparties were told of it; without, they count as told on its first day (`notice`).
    """

    scheme: str
    version: int
    title: Words
    document: str
    valid_from: date
    currency: str
    rounding: Rounding
    attributes: dict[str, Attribute]
    terms: dict[str, Term]
    components: dict[str, Component]
    limits: dict[str, Limit]
    tables: dict[str, Table] = field(default_factory=dict)
    measures: dict[str, Measure] = field(default_factory=dict)
    values: dict[str, NamedValue] = field(default_factory=dict)
    announced_on: date | None = None
    file: str = field(default="", compare=False)

    @property
    def required(self) -> list[str]:
        """The attributes of which a value must have been agreed."""
        return [name for name, of in self.attributes.items() if of.default is None]

    def depth_of(self, name: str) -> int:
        """1 of a component that pays; 2: it takes back; 3: it gives back what was taken back; and so on."""
        of = self.components[name].claws_back
        return 1 + max((self.depth_of(other) for other in of.of), default=0) if of else 1

    def family(self, name: str) -> set[str]:
        """A component and all that take back of it, or of what was taken back of it: together they are its balance."""
        found = {name}
        while more := {
            other.name for other in self.components.values()
            if other.claws_back and set(other.claws_back.of) & found
        } - found:  # fmt: skip
            found |= more
        return found

    def shares_of(self, component: Component) -> Measure | Attribute:
        """By what a component's pay is shared among a group (it has a `split_by`)."""
        assert component.split_by is not None
        return self.measures.get(component.split_by) or self.attributes[component.split_by]

    def formulas(self) -> list[Formula]:
        """Every formula of the scheme."""
        found: list[Formula | None] = [of.formula for of in self.values.values()]
        found += [of.sum for of in self.measures.values()]
        for component in self.components.values():
            pay = component.pay
            found += [pay.measure, pay.applied_to] if isinstance(pay, Tiers) else [pay]
        for rules in (self.measures, self.components, self.limits):
            found += [condition for rule in rules.values() for condition in rule.conditions]
        return [formula for formula in found if formula]

    def type_of(self, name: str) -> str | None:
        """The type of an attribute or term of this scheme."""
        known = self.attributes.get(name) or self.terms.get(name)
        return known.type if known else None
