"""Where a scheme's measures and totals stand in a contract's row: `measure_1`, `total_1`… in the order of first use."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, cast

from schemes.model import Attribute, Component, Measure, OfOthers, Tiers

Span = Literal[
    "period", "quarter", "year", "contract", "before_quarter", "before_year", "before_contract", "ago",
]  # fmt: skip
Earned = OfOthers | Literal["now", "before"] | int
"""Whose total, or of when: this contract's of the period, of all periods before it, or of so many months ago."""


Sharers = Literal["before", "up_to", "all"]
"""Of the contracts that share one pay: those that come before this one, the same and this one, or all."""


@dataclass(frozen=True)
class MeasureSlot:
    """What a slot is filled with: a measure's count or sum over a span of periods, or a plan.

    span: `ago` is the one period `months_ago` before; `before_…` leave the period itself out. per: of each outlet, or
    each subscriber, by itself. at_least: it is filled with the number of those that reach so much by the measure.
    """

    measure: str
    is_sum: bool
    span: Span
    months_ago: int = 0
    plan: str | None = None
    of_others: OfOthers | None = None
    sharers: Sharers | None = None
    is_attribute: bool = False
    per: str | None = None
    at_least: Decimal | str | None = None


@dataclass
class Slots:
    """The slots of one scheme version."""

    measures: list[MeasureSlot] = field(default_factory=list)
    totals: list[tuple[str, Earned]] = field(default_factory=list)

    def measure(self, measure: Measure) -> str:
        """The column of a declared measure, with its table."""
        if measure.of_others and measure.of_others.what == "earned":
            return f"totals.{self._total(measure.name, measure.of_others)}"
        return f"{f'of_{measure.per}' if measure.per else 'contracts'}.{self._measure_of(measure)}"

    def _measure_of(self, measure: Measure) -> str:
        if measure.of_others:
            return self._measure(
                MeasureSlot(measure.name, measure.type == "money", "period", of_others=measure.of_others)
            )
        if measure.counts_by:
            return self._measure(MeasureSlot(measure.counts_by, False, "period", at_least=measure.at_least))
        span: Span = "ago" if measure.months_ago else measure.over
        is_sum = measure.sum is not None
        return self._measure(MeasureSlot(measure.name, is_sum, span, measure.months_ago, measure.plan, per=measure.per))

    def measure_of(self, component: Component) -> str:
        """The column of what a component's own events come to in the period."""
        return self._measure(MeasureSlot(component.name, _is_sum(component), "period"))

    def measure_before(self, component: Component) -> str:
        """The column of what they came to in the earlier periods of the span that its tiers are over."""
        assert isinstance(component.pay, Tiers)
        span = cast(Span, f"before_{component.pay.over}")
        return self._measure(MeasureSlot(component.name, _is_sum(component), span))

    def count_before(self, component: Component) -> str:
        """The column of how many there were in those periods."""
        assert isinstance(component.pay, Tiers)
        return self._measure(MeasureSlot(component.name, False, cast(Span, f"before_{component.pay.over}")))

    def measure_of_sharers(self, shares: Measure | Attribute, which: Sharers) -> str:
        """The column of what a measure, or an attribute, comes to for the contracts that share one pay."""
        is_sum, is_attribute = isinstance(shares, Measure) and shares.sum is not None, isinstance(shares, Attribute)
        slot = MeasureSlot(shares.name, is_sum, "period", sharers=which, is_attribute=is_attribute)
        return f"contracts.{self._measure(slot)}"

    def total(self, name: str) -> str:
        """The column of what a component or limit comes to."""
        return self._total(name, "now")

    def excess(self, name: str) -> str:
        """The column of what the events of a component came to beyond the four places of their lines."""
        return self.total(name).replace("total_", "excess_")

    def total_before(self, name: str) -> str:
        """The column of what a component or limit came to in all earlier periods of the contract."""
        return self._total(name, "before")

    def total_ago(self, name: str, months: int) -> str:
        """The column of what is left of a component's pay of so many months ago."""
        return self._total(name, months)

    def _total(self, name: str, earned: Earned) -> str:
        if (name, earned) not in self.totals:
            self.totals.append((name, earned))
        return f"total_{self.totals.index((name, earned)) + 1}"

    def _measure(self, slot: MeasureSlot) -> str:
        if slot not in self.measures:
            self.measures.append(slot)
        return f"measure_{self.measures.index(slot) + 1}"


def _is_sum(component: Component) -> bool:
    return isinstance(component.pay, Tiers) and component.pay.by == "sum"
