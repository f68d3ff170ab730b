"""The library's worked cases by the oracle: what was worked out by hand is what it reckons."""

import shutil

import schemes
from prm.period import Period
from tests.oracle.month import calculate
from tests.worked import all_cases, differences


def test_the_oracle_reckons_every_worked_case_as_it_was_worked_out_by_hand(tmp_path):
    made, library, inbox = all_cases(), tmp_path / "library", tmp_path / "inbox"
    library.mkdir()
    made.operator.write(inbox)
    for path in schemes.LIBRARY.glob("*.yaml"):
        if not takes_back(schemes.read(path)):
            shutil.copy(path, library)
    months = {}
    for period in sorted({period for of in made.cases for period in of.case.comes_to}):
        months[period] = calculate(inbox, library, period, earlier=months)
    rewards, not_paid = {}, {}
    for period, month in months.items():
        rewards |= {(contract, period, component): amount for (contract, component), amount in month.rewards.items()}
        last = Period.parse(period).end
        for line in [*month.lines, *month.period_lines]:
            if line["outcome"] == "not_eligible" and line["component"]:
                not_paid.setdefault(line["contract_id"], []).append(
                    (line.get("event_date", last), line["component"], line["reason"], line["failed_condition"] or 0)
                )
    checked = [of for of in made.cases if not takes_back(of.scheme)]
    found = [difference for of in checked for difference in differences(of, rewards, not_paid)]
    assert not found, "\n".join(found)
    assert len({of.scheme.scheme for of in checked}) >= 12


def takes_back(scheme: schemes.Scheme) -> bool:
    """Whether it claws back, which only the models calculate until now."""
    return any(component.claws_back for component in scheme.components.values())
