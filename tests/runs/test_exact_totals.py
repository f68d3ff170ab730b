"""A total is the exact sum of what its lines come to, rounded once: what finance gets by adding up the charges."""

from datetime import date
from decimal import Decimal

import explanations
import loaders
import registry
import runs
from prm import database
from tests.operators import OCTOBER, Operator

SCHEME = """
scheme: retail
version: 1
title: {en: Retail, ru: Розница}
document: Agreement 7, annex 1
valid_from: 2026-01-01
currency: RUB
rounding: {each: total, places: 2, mode: half_up}
components:
  share: {title: {en: Share of charges, ru: Доля начислений}, on: charge, pay: amount * 0.005}
"""


def test_a_thousandth_of_a_kopeck_a_line_is_not_lost_and_not_given_away(home):
    made = Operator()
    made.product("V1", "voice")
    made.counterparty("D1")
    made.outlet("T1", "D1")
    made.contract("C1", "D1", "retail")
    made.subscriber(1, "T1", activated_on=date(2026, 9, 1), sold_on=date(2026, 9, 1))
    for _ in range(300):
        made.charge("N00001", "10.01", date(2026, 10, 5))  # 0.05005 each: the line says 0.0501
    made.write(home.inbox)
    path = home.home / "scheme.yaml"
    path.write_text(SCHEME, encoding="utf-8")
    with database.transaction(home) as connection:
        registry.add_scheme(connection, path)
    loaders.load_inbox(home)
    runs.calculate(OCTOBER, settings=home)
    with database.transaction(home) as connection:
        lines = connection.execute(
            """select outcome, count(*) as lines, sum(amount) as amount from reporting.reward_lines where amount <> 0
               group by outcome order by outcome"""
        ).fetchall()
    assert [tuple(line.values()) for line in lines] == [
        ("paid", 300, Decimal("15.0300")),
        ("rounded", 1, Decimal("-0.0100")),  # 3,003.00 * 0.005 = 15.015, a half away from zero: 15.02
    ]
    with database.transaction(home) as connection:
        line = connection.execute("select * from reporting.reward_lines where outcome = 'rounded'").fetchone()
    told = explanations.explain_line(explanations.address_of(line), "en", settings=home)
    assert told.reckoned is not None and told.reckoned.agrees
    assert told.reckoned.sentence == "exact total 15.015 RUB, rounded 15.02 RUB"
