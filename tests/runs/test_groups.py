"""A group's shared pay and a group's cap, worked out by hand: the parts make the whole, the lead bears the cut."""

from decimal import Decimal

import loaders
import registry
import runs
from prm import database
from tests.operators import OCTOBER, Operator

MEMBERS = """
scheme: members
version: 1
title: {en: Members, ru: Участники}
document: none
valid_from: 2026-01-01
currency: RUB
rounding: {each: line, places: 2, mode: half_up}
measures:
  connected: {title: {en: connected, ru: подключено}, on: activation}
  all_connected: {title: {en: connected by all, ru: подключено всеми}, whose: whole_group, counted: [connected]}
components:
  connection: {title: {en: Connection, ru: Подключение}, on: activation, pay: "10"}
  pool:
    title: {en: Pool, ru: Фонд}
    on: period
    pay: if(all_connected > 3, 100, 0)
    split_by: connected
"""
LEAD = """
scheme: lead
version: 1
title: {en: Lead, ru: Лидер}
document: none
valid_from: 2026-01-01
currency: RUB
rounding: {each: line, places: 2, mode: half_up}
measures:
  group: {title: {en: of the group, ru: группы}, whose: group, earned: all}
  below: {title: {en: of those below, ru: нижестоящих}, whose: below, earned: [connection]}
components:
  override: {title: {en: Override, ru: Надбавка}, on: period, pay: below * 0.10}
limits:
  most: {title: {en: Cap of the group, ru: Предел группы}, of: [group, override], at_most: "150"}
"""


def test_parts_make_the_whole_and_the_lead_bears_what_is_above_the_groups_cap(home):
    made = Operator()
    made.product("V1", "voice")
    made.counterparty("L1")
    made.contract("C-L1", "L1", "lead")
    for number, who in enumerate(("S1", "S2", "S3")):
        made.counterparty(who, "subdealer")
        made.counterparties[-1]["parent_id"] = "L1"
        made.outlet(f"T-{who}", who)
        made.contract(f"C-{who}", who, "members")
        for subscriber in range(2):
            made.subscriber(number * 2 + subscriber + 1, f"T-{who}")
    made.counterparty("S4")  # another group's: it takes no part
    made.outlet("T-S4", "S4")
    made.contract("C-S4", "S4", "members")
    for number in (7, 8, 9, 10):
        made.subscriber(number, "T-S4")
    for number in range(1, 11):
        made.charge(f"N{number:05d}", "1.00")
    made.write(home.inbox)
    with database.transaction(home) as connection:
        for name, text in (("members", MEMBERS), ("lead", LEAD)):
            path = home.home / f"{name}.yaml"
            path.write_text(text, encoding="utf-8")
            registry.add_scheme(connection, path)
    assert {result.outcome for result in loaders.load_inbox(home)} == {"accepted"}
    runs.calculate(OCTOBER, settings=home)
    with database.transaction(home) as connection:
        rows = connection.execute("select contract_id, component, amount from reporting.rewards").fetchall()
    rewards = {(row["contract_id"], row["component"]): row["amount"] for row in rows}
    # 100.00 by two, two and two of six: 33.33, then up to 66.67, then up to 100.00.
    assert [rewards[f"C-{who}", "pool"] for who in ("S1", "S2", "S3", "S4")] == [
        Decimal("33.33"), Decimal("33.34"), Decimal("33.33"), Decimal("100"),
    ]  # fmt: skip
    # The group earned 3 x 20 + 100 = 160, the lead 10 % of 60: 166 are 16 above the cap.
    assert (rewards["C-L1", "override"], rewards["C-L1", "most"]) == (Decimal("6"), Decimal("-16"))
    before = runs.current_versions(OCTOBER, settings=home)
    again = runs.calculate(OCTOBER, ["S2"], force=True, settings=home)
    assert set(again.counterparties or ()) == {"L1", "S1", "S2", "S3"}
    assert (again.pulled_in, again.because_of) == (["L1", "S1", "S3"], ["lead", "members"])
    after = runs.current_versions(OCTOBER, settings=home)
    assert {who: of["content_hash"] for who, of in before.items()} == {
        who: of["content_hash"] for who, of in after.items()
    }
