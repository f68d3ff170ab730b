"""A month in which one version of a scheme gives way to the next, worked out by hand."""

from datetime import date
from decimal import Decimal

import loaders
import registry
import runs
from prm import database
from tests.operators import OCTOBER, Operator

FIRST = """
scheme: retail
version: 1
title: {en: Retail, ru: Розница}
document: Agreement 7, annex 1
valid_from: 2026-01-01
currency: RUB
rounding: {each: line, places: 2, mode: half_up}
components:
  share:
    title: {en: Share of charges, ru: Доля начислений}
    on: charge
    pay: {tiers: {by: {sum: amount}, counting: whole, steps: [{from: 0, share: "0.02"}, {from: 100, share: "0.10"}]}}
"""
SECOND = """
scheme: retail
version: 2
title: {en: Retail, ru: Розница}
document: Agreement 7, annex 2
valid_from: 2026-10-16
currency: RUB
rounding: {each: line, places: 2, mode: half_up}
components:
  share: {title: {en: Share of charges, ru: Доля начислений}, on: charge, pay: amount * 0.05}
limits:
  most: {title: {en: Cap of a month, ru: Предел за месяц}, of: [share], at_most: "12.00"}
"""


def test_what_was_counted_is_paid_by_the_version_that_counted_it_and_the_cap_is_of_both(home):
    made = Operator()
    made.product("V1", "voice")
    made.counterparty("D1")
    made.outlet("T1", "D1")
    made.contract("C1", "D1", "retail")
    made.subscriber(1, "T1", activated_on=date(2026, 9, 1), sold_on=date(2026, 9, 1))
    made.charge("N00001", "100.00", date(2026, 10, 5))  # in the tier from 100: 10.00, for the month
    made.charge("N00001", "100.00", date(2026, 10, 20))  # by itself: 5.00
    made.write(home.inbox)
    with database.transaction(home) as connection:
        for name, text in (("first", FIRST), ("second", SECOND)):
            path = home.home / f"{name}.yaml"
            path.write_text(text, encoding="utf-8")
            registry.add_scheme(connection, path)
    loaders.load_inbox(home)
    runs.calculate(OCTOBER, settings=home)
    with database.transaction(home) as connection:
        lines = connection.execute(
            """select component, stream, outcome, scheme_version, amount from reporting.reward_lines
               where amount <> 0 order by component, amount"""
        ).fetchall()
    assert [tuple(line.values()) for line in lines] == [
        ("most", "period", "capped", 2, Decimal("-3.00")),
        ("share", "charge", "paid", 2, Decimal("5.00")),
        ("share", "period", "paid", 1, Decimal("10.00")),
    ]
