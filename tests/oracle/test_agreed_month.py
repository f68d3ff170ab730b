"""A month of values agreed at every level and of a new version under notice, by the product and by the oracle."""

from datetime import date, timedelta

import loaders
import registry
import runs
from prm import database
from tests.operators import OCTOBER, Operator
from tests.oracle.comparing import assert_equal
from tests.oracle.files import live_loads
from tests.oracle.month import calculate
from tests.schemes.drafts import SOUND, broken

SECOND = broken("version: 1", "version: 2", broken('default: "300.00"', 'default: "400.00"'))
SECOND = broken("valid_from: 2026-01-01", "valid_from: 2026-10-09\nannounced_on: 2026-09-25", SECOND)
BY_HAND = [
    ("branch", "ural", "fee", "200.00", date(2026, 10, 5)), ("branch", "ural", "part", "0.03", date(2026, 10, 12)),
    ("counterparty", "D2", "fee", "250.00", date(2026, 10, 11)), ("counterparty", "D1", "segment", "federal", date(2026, 10, 1)),
    ("contract", "C2", "fee", "310.00", date(2026, 10, 20)), ("branch", "volga", "fee", "1000.01", date(2026, 10, 16)),
]  # fmt: skip


def test_values_of_every_level_and_a_version_under_notice_are_equal_to_the_kopeck(home, tmp_path):
    made = Operator()
    made.product("V1", "voice")
    for number, branch in enumerate(["ural", "ural", "ural", "ural", "volga", "volga", "moscow"], 1):
        made.counterparty(f"D{number}", branch=branch)
        made.outlet(f"T{number}", f"D{number}")
    made.counterparties[2]["attribute:part"] = "0.07"  # of D3, always
    made.counterparties[3]["attribute:part"] = "0.30"  # of D4: not allowed
    for number, notice_days in enumerate([None, 20, 5, 5, None, 0, 30], 1):
        more = {"attribute:fee": "777.00"} if number == 6 else {}
        begins = date(2026, 10, 9) if number == 3 else date(2026, 1, 1)
        made.contract(f"C{number}", f"D{number}", "trial", valid_from=begins, notice_days=notice_days, **more)
    for number in range(1, 63):
        day = date(2026, 10, 1) + timedelta(days=(number - 1) // 2)
        subscriber_id = made.subscriber(number, f"T{1 + number % 7}", activated_on=day)
        for each in range(2):
            made.charge(subscriber_id, f"{90 + number}.55", min(day + timedelta(days=each * 7), date(2026, 10, 31)))
    made.payment("T1", "1.00")
    made.write(home.inbox)
    with database.transaction(home) as connection:
        for name, text in (("trial", SOUND), ("trial_2", SECOND)):
            (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
            registry.add_scheme(connection, tmp_path / f"{name}.yaml")
    assert {result.outcome for result in loaders.load_inbox(home)} == {"accepted"}
    with database.transaction(home) as connection:
        for level, holder, name, value, day in BY_HAND:
            if (name, value) == ("fee", "1000.01"):  # not allowed: entered before values were checked
                connection.execute(
                    "insert into registry.branch_attributes values (%s, %s, %s, %s, 'olga')", [holder, name, day, value]
                )
                continue
            registry.set_attribute(connection, name, value, level=level, holder=holder, valid_from=day, author="olga")
    result = runs.calculate(OCTOBER, allow_left_out=True, settings=home)
    assert [problem.contract_id for problem in result.problems] == ["C4", "C5"]
    month = calculate(live_loads(home.inbox), tmp_path, str(OCTOBER), values=BY_HAND)
    assert_equal(home, str(OCTOBER), result.run_id, month)
    fees = {
        contract_id: [
            f"{line['amount']:.0f}"
            for line in sorted(month.lines, key=lambda line: line["event_date"])
            if (line["contract_id"], line["component"]) == (contract_id, "activation")
        ]
        for contract_id in ("C1", "C2", "C7")
    }
    assert {contract_id: list(dict.fromkeys(paid)) for contract_id, paid in fees.items()} == {
        "C1": ["300", "200"],  # the branch's value covers both versions' defaults
        "C2": ["300", "200", "250", "310"],
        "C7": ["300", "400"],  # nothing is agreed: the second version's default, thirty days after it was announced
    }
