"""What an explanation is made of: parts that a screen lays out as it likes, each already in words.

Every part that follows from the rules stands as a sentence, and beside it the values that it was made from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from loaders import InputRow
from prm.words import Language
from schemes import Value


@dataclass(frozen=True)
class Used:
    """A name of the rule with its value on the line.

    told: the value in words. origin: where it came from. details: what it was made of, one sentence each.
    """

    name: str
    title: str
    value: Value | None
    told: str
    origin: str = ""
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class Condition:
    """A condition of the rule, counted from 1, with this line's values in it.

    is_met: None where it was never asked, for the event's amount could not be converted.
    """

    number: int
    sentence: str
    is_met: bool | None


@dataclass(frozen=True)
class Reckoned:
    """How the amount was reckoned: the formula with its values, what it came to exactly, and what was published.

    agrees: whether the exact amount, rounded as the scheme says, is what was published.
    """

    sentence: str
    exact: Decimal | None
    amount: Decimal
    agrees: bool = True


@dataclass(frozen=True)
class TierPart:
    """One tier's part of what was measured, its rate, and what it earned."""

    sentence: str
    step: int
    measure: Decimal
    rate: Decimal
    amount: Decimal


@dataclass(frozen=True)
class Related:
    """Another line that has to do with this one. address: as `prm explain` takes it; empty for a total."""

    address: str
    sentence: str
    amount: Decimal


@dataclass(frozen=True)
class LineExplanation:
    """Why a line is what it is. line: its row of `reporting.reward_lines`.

    headline: what it is. outcome: what it earned, or why nothing. story: how it came to that, where there is more to
    say than its rule does. rule: the rule in a sentence. version: which version, and why that one. related: limits
    that bit, what a measure counted, and what takes back.
    """

    address: str
    language: Language
    line: Mapping[str, Any]
    headline: str
    outcome: str
    story: tuple[str, ...] = ()
    rule: str = ""
    version: str = ""
    conditions: tuple[Condition, ...] = ()
    reckoned: Reckoned | None = None
    tiers: tuple[TierPart, ...] = ()
    used: tuple[Used, ...] = ()
    related: tuple[Related, ...] = ()
    input_row: InputRow | None = None


@dataclass(frozen=True)
class ComponentTotal:
    """What a component or limit came to. by_outcome: (outcome in words, lines, amount). lines: those of the period as a
    whole, or that take back, by their addresses. is_measure: it counts events and earns nothing by itself.
    """

    contract_id: str
    component: str
    title: str
    amount: Decimal
    currency: str
    by_outcome: tuple[tuple[str, int, Decimal], ...]
    tiers: tuple[TierPart, ...] = ()
    lines: tuple[Related, ...] = ()
    is_measure: bool = False


@dataclass(frozen=True)
class RewardExplanation:
    """How a counterparty's reward adds up. totals: (currency, sum). left_out: its contracts that earn nothing, and why."""

    language: Language
    headline: str
    components: tuple[ComponentTotal, ...]
    totals: tuple[tuple[str, Decimal], ...]
    run_ids: tuple[int, ...] = ()
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class RowExplanation:
    """What became of a row of an input file. outcome: in a sentence. lines: the lines it has."""

    language: Language
    headline: str
    outcome: str
    input_row: InputRow
    lines: tuple[Related, ...] = ()
    story: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class Addend:
    """Something that is added up. details: what it is itself made of. command: which goes deeper."""

    sentence: str
    amount: Decimal
    command: str = ""
    details: tuple[Addend, ...] = ()


@dataclass(frozen=True)
class PayoutPart:
    """The balance of a counterparty and contract that a payout takes: the addends come to `amount`."""

    headline: str
    addends: tuple[Addend, ...]
    amount: Decimal


@dataclass(frozen=True)
class PayoutExplanation:
    """How a payout adds up: its parts come to `amount`. state: what has become of it. commands: which go deeper."""

    language: Language
    headline: str
    state: str
    parts: tuple[PayoutPart, ...]
    amount: Decimal
    currency: str
    commands: tuple[str, ...] = ()


Explanation = LineExplanation | RewardExplanation | RowExplanation | PayoutExplanation
