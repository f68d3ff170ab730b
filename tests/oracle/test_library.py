"""The library's worked cases by the oracle: what was worked out by hand is what it reckons."""

import shutil

import schemes
from prm.period import Period
from tests.oracle.files import live_loads
from tests.oracle.month import calculate
from tests.worked import all_cases, differences


def test_the_oracle_reckons_every_worked_case_as_it_was_worked_out_by_hand(tmp_path):
    made, library, inbox = all_cases(), tmp_path / "library", tmp_path / "inbox"
    library.mkdir()
    made.operator.write(inbox)
    for path in schemes.LIBRARY.glob("*.yaml"):
        shutil.copy(path, library)
    months, loads = {}, live_loads(inbox)
    for period in sorted({period for of in made.cases for period in of.case.comes_to}):
        months[period] = calculate(loads, library, period, earlier=months)
    rewards, not_paid = {}, {}
    for period, month in months.items():
        rewards |= {(contract, period, component): amount for (contract, component), amount in month.rewards.items()}
        last = Period.parse(period).end
        for line in [*month.lines, *month.period_lines]:
            if line["outcome"] == "not_eligible" and line["component"]:
                not_paid.setdefault(line["contract_id"], []).append(
                    (line.get("event_date", last), line["component"], line["reason"], line["failed_condition"] or 0)
                )
    found = [difference for of in made.cases for difference in differences(of, rewards, not_paid)]
    assert not found, "\n".join(found)
    assert {of.scheme.scheme for of in made.cases} == {
        schemes.read(path).scheme for path in schemes.LIBRARY.glob("*.yaml")
    }
