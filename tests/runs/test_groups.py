"""A group's shared pay and a group's cap, worked out by hand: the parts make the whole, the lead bears the cut."""

from datetime import date
from decimal import Decimal

import explanations
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
  charged: {title: {en: charged, ru: начислено}, on: charge, sum: amount}
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
  charged_below: {title: {en: charged below, ru: начислено ниже}, whose: below, counted: [charged], type: money}
components:
  override: {title: {en: Override, ru: Надбавка}, on: period, pay: below * 0.10}
  support: {title: {en: Support, ru: Поддержка}, on: period, pay: charged_below * 0.5}
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
    # The group earned 3 x 20 + 100 = 160, the lead 10 % of 60 and its support of 3: 169 are 19 above the cap.
    assert (rewards["C-L1", "override"], rewards["C-L1", "most"]) == (Decimal("6"), Decimal("-19"))
    # Six charges of 1.00 were measured of the three, by a measure that only the lead's scheme looks at.
    assert rewards["C-L1", "support"] == Decimal("3")
    before = runs.current_versions(OCTOBER, settings=home)
    again = runs.calculate(OCTOBER, ["S2"], force=True, settings=home)
    assert set(again.counterparties or ()) == {"L1", "S1", "S2", "S3"}
    assert (again.pulled_in, again.because_of) == (["L1", "S1", "S3"], ["lead", "members"])
    after = runs.current_versions(OCTOBER, settings=home)
    assert {who: of["content_hash"] for who, of in before.items()} == {
        who: of["content_hash"] for who, of in after.items()
    }
    # What one run made of a hierarchy goes back together, and nobody else; asked for the other group's, only that one.
    moved = runs.roll_back(OCTOBER, ["S2"], reason="wrong", settings=home)
    assert {move.counterparty_id: (move.from_run, move.to_run) for move in moved} == {
        who: (again.run_id, before[who]["run_id"]) for who in ("L1", "S1", "S2", "S3")
    }
    assert [move.counterparty_id for move in runs.roll_back(OCTOBER, ["S4"], reason="wrong", settings=home)] == ["S4"]
    moved = runs.roll_back_chain(OCTOBER, ["L1"], reason="wrong", settings=home).moves
    assert {move.counterparty_id for move in moved} == {"L1", "S1", "S2", "S3"}


PARTIES = """
scheme: parties
version: 1
title: {en: Parties, ru: Стороны}
document: none
valid_from: 2026-01-01
currency: RUB
rounding: {each: line, places: 2, mode: half_up}
attributes:
  own_part: {type: share, default: "0", between: ["0", "1"], title: {en: own part, ru: своя доля}}
measures:
  charged: {title: {en: charged, ru: начислено}, on: charge, sum: amount}
  all_charged: {title: {en: charged by all, ru: начислено всеми}, whose: whole_group, counted: [charged], type: money}
components:
  shared:
    title: {en: Shared reward, ru: Общее вознаграждение}
    on: period
    pay: all_charged * 0.5
    split_by: own_part
  thirds:
    title: {en: By charges, ru: По начислениям}
    on: period
    pay: "1000000"
    split_by: charged
"""


def parties(home, parts, second_version=None):
    """Three counterparties of one hierarchy who share what the charges of all come to; by two versions of their scheme, if there is a second."""
    made = Operator()
    made.product("V1", "voice")
    for number, (who, part) in enumerate(parts.items()):
        made.counterparty(who, "subdealer" if number else "dealer")
        made.outlet(f"T-{who}", who)
        made.contract(f"C-{who}", who, "parties", **{"attribute:own_part": part})
        made.charge(made.subscriber(number + 1, f"T-{who}"), "66.67")
    made.write(home.inbox)
    with database.transaction(home) as connection:
        for number, text in enumerate(filter(None, [PARTIES, second_version]), 1):
            path = home.home / f"parties_{number}.yaml"
            path.write_text(text, encoding="utf-8")
            registry.add_scheme(connection, path)
    assert "refused" not in {result.outcome for result in loaders.load_inbox(home)}
    with database.transaction(home) as connection:
        for who in parts if second_version else ():
            registry.unset_attribute(
                connection, "own_part", level="contract", holder=f"C-{who}", valid_from=date(2026, 10, 9), author="olga"
            )
    runs.calculate(OCTOBER, settings=home)
    with database.transaction(home) as connection:
        return connection.execute(
            "select * from reporting.reward_lines where stream = 'period' order by component, counterparty_id"
        ).fetchall()


def test_agreed_shares_make_the_whole_and_none_is_paid_where_they_do_not(home):
    shared = parties(home, {"P1": "0.6", "P2": "0.1", "P3": "0.3"})
    # 200.01 × 0.5 = 100.005; up to P1 60.003, up to P2 70.0035, up to P3 100.005: 60.00, 70.00 and 100.01
    assert [row["amount"] for row in shared[:3]] == [Decimal("60.00"), Decimal("10.00"), Decimal("30.01")]
    # a million by three equal parts is divided exactly
    assert [row["amount"] for row in shared[3:]] == [
        Decimal("333333.33"), Decimal("333333.34"), Decimal("333333.33"),
    ]  # fmt: skip
    told = explanations.explain_line(explanations.address_of(shared[2]), "en", settings=home)
    assert "shared by «own part»: 100% of 100% up to this contract are due 100.01 RUB" in told.reckoned.sentence
    assert told.reckoned.agrees
    not_whole = parties(home, {"P1": "0.6", "P2": "0.1", "P3": "0.2"})
    assert [(row["amount"], row["reason"]) for row in not_whole[:3]] == [(0, "unknown_amount")] * 3
    assert sum(row["amount"] for row in not_whole) == 1_000_000
    told = explanations.explain_line(explanations.address_of(not_whole[0]), "en", settings=home)
    assert told.reckoned is not None


PARTED = """
scheme: parties
version: 2
title: {en: Parties, ru: Стороны}
document: none
valid_from: 2026-10-09
currency: RUB
rounding: {each: line, places: 2, mode: half_up}
measures:
  charged: {title: {en: charged, ru: начислено}, on: charge, sum: amount}
components:
  own:
    title: {en: Share of charges, ru: Доля начислений}
    on: period
    pay: charged * 0.01
"""


def test_a_version_without_the_shared_pay_leaves_its_month_to_the_shares_agreed_before(home):
    """Version 2 drops the pay and the attribute from 9 October: October's is shared by what was agreed to 8 October."""
    shared = parties(home, {"P1": "0.6", "P2": "0.1", "P3": "0.3"}, PARTED)
    assert [row["amount"] for row in shared if row["component"] == "own"] == [Decimal("0.67")] * 3
    # As without version 2, 200.01 × 0.5 by 0.6, 0.1 and 0.3
    amounts = [row["amount"] for row in shared if row["component"] == "shared"]
    assert amounts == [Decimal("60.00"), Decimal("10.00"), Decimal("30.01")]
    line = next(row for row in shared if row["component"] == "shared" and row["counterparty_id"] == "P3")
    assert explanations.explain_line(explanations.address_of(line), "en", settings=home).reckoned.agrees
