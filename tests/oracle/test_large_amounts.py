"""Sums of currencies with large numbers, dongs: a month of billions an event, by the product and by the oracle."""

from datetime import date, timedelta
from decimal import Decimal

import loaders
import registry
import runs
from prm import database
from prm.settings import Settings
from tests.operators import OCTOBER, Operator
from tests.oracle.comparing import assert_equal
from tests.oracle.files import live_loads
from tests.oracle.month import calculate

DONGS = """
scheme: dongs
version: 1
title: {en: Dongs, ru: Донги}
document: none
valid_from: 2026-01-01
currency: VND
rounding: {each: line, places: 0, mode: half_even}
attributes:
  charge_share: {type: share, default: "0.053125", between: ["0", "1"], title: {en: share, ru: доля}}
  times: {type: number, default: "1.5", between: ["0", "1000"], title: {en: times, ru: раз}}
  fee: {type: money, default: "1000000000.00", between: ["0", "900000000000"], title: {en: fee, ru: плата}}
tables:
  share_of_kind:
    type: share
    title: {en: share by tariff, ru: доля по тарифу}
    keys: [tariff]
    missing: "0.01"
    rows: [{tariff: V1, value: "0.333333"}]
  fee_of_tariff:
    type: money
    title: {en: fee by tariff, ru: плата по тарифу}
    keys: [tariff]
    missing: nothing
    rows: [{tariff: V1, value: "123456789012.35"}]
measures:
  charged: {title: {en: charged, ru: начислено}, on: charge, sum: amount * 1.5, where: amount * times > 2000000000}
  paid_in: {title: {en: paid in, ru: внесено}, on: payment, sum: amount}
values:
  part: {type: share, title: {en: part, ru: часть}, formula: "coalesce(ratio(paid_in, charged), 0)"}
components:
  share:
    title: {en: Share, ru: Доля}
    on: charge
    where: amount * charge_share * times >= 1000
    pay: amount * charge_share * times + fee * 0.001 - 7
  plain:
    title: {en: Plain, ru: Просто}
    on: charge
    pay: if(amount > 50000000000, amount * 0.5, least(greatest(amount * share_of_kind(tariff), 1000000000), fee * times))
  by_tiers:
    title: {en: By tiers, ru: По ступеням}
    on: charge
    pay: {tiers: {by: {sum: amount}, in_order: true, counting: slice, steps: [{above: 0, share: "0.01"}, {above: 100000000000, share: "0.025"}]}}
  over_the_month:
    title: {en: Over the month, ru: За месяц}
    on: charge
    pay: {tiers: {by: {sum: amount * 2}, counting: interpolated, steps: [{above: 0, share: "0.01"}, {above: 900000000000, share: "0.03"}]}}
  connection:
    title: {en: Connection, ru: Подключение}
    on: activation
    pay: fee_of_tariff(tariff) * times
  later:
    title: {en: In parts, ru: Частями}
    on: activation
    after: {days: [3, 6, 9]}
    pay: instalment_of(fee * 100 + 1)
  quality:
    title: {en: Quality, ru: Качество}
    on: period
    pay: charged * part * 0.1 + paid_in * times
  pool:
    title: {en: Pool, ru: Фонд}
    on: period
    pay: "900000000001"
    split_by: paid_in
  returned:
    title: {en: Brought back, ru: Возврат}
    on: operation
    where: operation_kind = 'terminal_return'
    claws_back: [connection]
    keeps: paid * 0.333333
  left:
    title: {en: Left, ru: Ушли}
    on: churn
    claws_back: [plain]
    keeps: paid * 0.1
limits:
  cap: {title: {en: Cap, ru: Предел}, of: [share, plain, quality, left], at_most: "250000000000.00"}
"""
AMOUNTS = (
    "1000000000.00",
    "2345678901.25",
    "99999999999.99",
    "-31234567890.55",
    "12.50",
    "100000000000.00",
    "900000000000.00",
)


def test_months_of_billions_are_equal_to_the_dong(home: Settings, tmp_path) -> None:
    made = Operator()
    made.product("V1", "voice")
    for dealer in ("D1", "D2"):
        made.counterparty(dealer)
        made.outlet(f"T-{dealer}", dealer)
        made.contract(f"C-{dealer}", dealer, "dongs", currency="VND")
    made.counterparties[1]["parent_id"] = "D1"
    for number in range(1, 15):
        day = date(2026, 10, 1) + timedelta(days=number)
        subscriber_id = made.subscriber(number, f"T-D{1 + number % 2}", activated_on=day, sold_on=date(2026, 9, 1))
        made.report(number, date(2026, 11, 5), deactivated_on=date(2026, 11, 5))
        made.charge(subscriber_id, AMOUNTS[number % len(AMOUNTS)], day=date(2026, 10, 20), currency="VND")
        made.payment(f"T-D{1 + number % 2}", AMOUNTS[number % 3], subscriber_id)
        if number % 4 == 0:
            made.operation("terminal_return", None, subscriber_id=subscriber_id, day=date(2026, 10, 25))
    for row in made.payments:
        row["currency"] = "VND"
    made.write(home.inbox)
    (tmp_path / "dongs.yaml").write_text(DONGS, encoding="utf-8")
    with database.transaction(home) as connection:
        registry.add_scheme(connection, tmp_path / "dongs.yaml")
    assert {result.outcome for result in loaders.load_inbox(home)} == {"accepted"}
    result = runs.calculate(OCTOBER, settings=home)
    month = calculate(live_loads(home.inbox), tmp_path, str(OCTOBER))
    assert_equal(home, str(OCTOBER), result.run_id, month)
    paid = {component for (_, component), amount in month.rewards.items() if amount}
    assert paid == {
        "share",
        "plain",
        "by_tiers",
        "over_the_month",
        "connection",
        "later",
        "quality",
        "pool",
        "returned",
        "cap",
    }
    # In November some leave, and what the cap of October let through is taken back.
    result = runs.calculate(OCTOBER.shifted(1), settings=home)
    following = calculate(live_loads(home.inbox), tmp_path, str(OCTOBER.shifted(1)), earlier={str(OCTOBER): month})
    assert_equal(home, str(OCTOBER.shifted(1)), result.run_id, following)
    assert following.rewards["C-D1", "left"] < -(Decimal(10) ** 10)
    assert max(line["amount"] for line in month.lines) > Decimal(10) ** 11
