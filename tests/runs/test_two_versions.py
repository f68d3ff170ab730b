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


def _dealer():
    made = Operator()
    made.product("V1", "voice")
    made.counterparty("D1")
    made.outlet("T1", "D1")
    made.contract("C1", "D1", "retail")
    return made


def _calculate(home, made, *versions):
    made.write(home.inbox)
    with database.transaction(home) as connection:
        for number, text in enumerate(versions, 1):
            path = home.home / f"retail_{number}.yaml"
            path.write_text(text, encoding="utf-8")
            registry.add_scheme(connection, path)
    loaders.load_inbox(home)
    runs.calculate(OCTOBER, settings=home)


def test_what_was_counted_is_paid_by_the_version_that_counted_it_and_the_cap_is_of_both(home):
    made = _dealer()
    made.subscriber(1, "T1", activated_on=date(2026, 9, 1), sold_on=date(2026, 9, 1))
    made.charge("N00001", "100.00", date(2026, 10, 5))  # in the tier from 100: 10.00, for the month
    made.charge("N00001", "100.00", date(2026, 10, 20))  # by itself: 5.00
    _calculate(home, made, FIRST, SECOND)
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


PAYS_BONUS = """
scheme: retail
version: 1
title: {en: Retail, ru: Розница}
document: Agreement 7, annex 1
valid_from: 2026-01-01
currency: RUB
rounding: {each: line, places: 2, mode: half_up}
components:
  connection: {title: {en: Connection, ru: Подключение}, on: activation, pay: "1000"}
  bonus: {title: {en: Bonus, ru: Бонус}, on: period, pay: "100"}
"""
PAYS_BY_GROUP = (
    PAYS_BONUS.replace("version: 1", "version: 2")
    .replace("2026-01-01", "2026-10-16")
    .replace('pay: "100"}', "pay: group * 0.10}")
    .replace(
        "components:", "measures:\n  group: {title: {en: group, ru: группа}, whose: group, earned: all}\ncomponents:"
    )
    + """limits:
  most: {title: {en: Cap of the group, ru: Предел группы}, of: [group, bonus], at_most: "500"}
"""
)


def test_what_comes_to_look_at_the_group_is_no_part_of_it_though_the_former_version_did_not_look(home):
    made = _dealer()
    made.subscriber(1, "T1", activated_on=date(2026, 10, 5))
    _calculate(home, made, PAYS_BONUS, PAYS_BY_GROUP)
    with database.transaction(home) as connection:
        lines = connection.execute(
            "select component, amount from reporting.reward_lines where amount <> 0 order by component"
        ).fetchall()
    assert [tuple(line.values()) for line in lines] == [
        ("bonus", Decimal("100.00")),  # a tenth of 1,000.00, by the version of the month's end
        ("connection", Decimal("1000.00")),
        ("most", Decimal("-600.00")),  # 1,000.00 of the group and the bonus, which is counted once
    ]
