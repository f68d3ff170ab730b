"""The library's worked cases through a whole run: files in, schemes added, months calculated, what was published."""

import loaders
import registry
import runs
from prm import database
from prm.period import Period
from tests.worked import all_cases, differences


def test_every_worked_case_comes_to_what_was_worked_out_by_hand(home):
    made = all_cases()
    made.operator.write(home.inbox)
    with database.transaction(home) as connection:
        registry.add_library(connection)
    assert {result.outcome for result in loaders.load_inbox(home)} == {"accepted"}
    for period in sorted({period for of in made.cases for period in of.case.comes_to}):
        assert runs.calculate(Period.parse(period), settings=home).problems == []
    with database.transaction(home) as connection:
        rewards = {
            (row["contract_id"], row["period"], row["component"]): row["amount"]
            for row in connection.execute(
                """select contract_id, period, component, sum(amount) as amount from reporting.rewards
                   group by contract_id, period, component"""
            )
        }
        not_paid: dict[str, list] = {}
        for row in connection.execute(
            """select contract_id, event_date, component, reason, coalesce(failed_condition, 0) as condition
               from reporting.reward_lines where outcome = 'not_eligible' and component is not null"""
        ):
            line = (row["event_date"], row["component"], row["reason"], row["condition"])
            not_paid.setdefault(row["contract_id"], []).append(line)
    found = [difference for of in made.cases for difference in differences(of, rewards, not_paid)]
    assert not found, "\n".join(found)
    assert len({of.scheme.scheme for of in made.cases}) >= 18 and len(made.cases) >= 35
