"""A month, as the oracle calculates it: every event in turn, with Decimals, straight from files and scheme files."""

from __future__ import annotations

from pathlib import Path

from tests.oracle.agreements import Agreements
from tests.oracle.books import Books, Month
from tests.oracle.caps import cuts
from tests.oracle.clawbacks import Clawbacks
from tests.oracle.events import Events
from tests.oracle.facts import Facts
from tests.oracle.files import Load
from tests.oracle.lines import Lines
from tests.oracle.rules import read_schemes
from tests.oracle.subscriber_caps import SubscriberCaps
from tests.oracle.whole_period import WholePeriod


def calculate(
    loads: dict[str, list[Load]], library: Path, period: str, links: list = (), fraud_marks: list = (),  # type: ignore[assignment]
    earlier: dict[str, Month] | None = None, values: list = (),  # type: ignore[assignment]
) -> Month:  # fmt: skip
    """Calculates a period from live loads (of `files`) and a folder of scheme files; earlier: months calculated before it.

    values: of attributes, given by hand: (level, holder, attribute, value, first day).
    """
    facts = Facts(loads, period, list(links), list(fraud_marks))
    agreements = Agreements(facts, read_schemes(library), list(values))
    books = Books(facts, agreements, earlier or {})
    result, lines, events = books.result, Lines(books), Events(facts, agreements).all()
    result.events = len(events)
    paid_on = [event for event in events if not event["is_only_for_clawbacks"]]
    for event in paid_on:
        lines.measure(event)
    for event in paid_on:
        lines.lines_of(event)
    result.taken = Clawbacks(books, events).lines()
    for line in [*result.lines, *result.taken]:
        books.totals[line["contract_id"], line["component"]] += line["amount"]
    SubscriberCaps(books).cut()
    WholePeriod(books).all()
    for line in [*result.lines, *result.taken, *result.period_lines]:
        if line["contract_id"] is not None:
            result.rewards[line["contract_id"], line["component"]] += line["amount"]
    result.cuts = cuts(result.period_lines, result.rewards)
    return result
