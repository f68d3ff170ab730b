"""Explanations of generated months: whatever a scheme is made of, its lines follow from what is said of them."""

import os
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import explanations
import loaders
import registry
import runs
from prm import database
from tests.conftest import fresh_home
from tests.operators import OCTOBER
from tests.oracle.made_up import scheme
from tests.oracle.made_up_month import SEPTEMBER, second_version, values_by_hand
from tests.oracle.made_up_operator import operator

EXAMPLES = max(1, int(os.environ.get("PRM_ORACLE_EXAMPLES", "3")) // 3)


@settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)  # fmt: skip
@given(
    seed=st.integers(0, 2**32), first=scheme("first"), second=scheme("second"), values=values_by_hand(),
    announced_on=st.one_of(st.none(), SEPTEMBER), language=st.sampled_from(["ru", "en"]),
)  # fmt: skip
def test_every_line_of_generated_months_follows_from_its_explanation(
    server, template, seed, first, second, values, announced_on, language
):
    made = operator(seed, first, second)
    folder = Path(tempfile.mkdtemp(prefix="prm-generated-"))
    with fresh_home(server, template, folder / "home") as home:
        made.write(home.inbox)
        with database.transaction(home) as connection:
            texts = {"first": first, "second": second, "first_2": second_version(first, announced_on)}
            for name, text in texts.items():
                (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
                registry.add_scheme(connection, folder / f"{name}.yaml")
        assert {result.outcome for result in loaders.load_inbox(home)} == {"accepted"}
        with database.transaction(home) as connection:
            there = {row[key] for row in made.counterparties for key in ("branch", "counterparty_id")} | {"C1-0"}
            for level, holder, attribute, value, day in (each for each in values if each[1] in there):
                registry.set_attribute(
                    connection, attribute, value, level=level, holder=holder, valid_from=day, author="x"
                )
        for period in (OCTOBER.previous, OCTOBER):
            runs.calculate(period, allow_left_out=True, settings=home)
        with database.transaction(home) as connection:
            lines = connection.execute(
                """select * from reporting.reward_lines
                   order by period, component, outcome, contract_id, line"""
            ).fetchall()
        kinds = {}
        for line in lines:  # three of each kind: hundreds are alike
            kinds.setdefault((line["period"], line["component"], line["outcome"], line["scheme_version"], line["contract_id"]), []).append(line)  # fmt: skip
        for line in (line for alike in kinds.values() for line in alike[:3]):
            of = explanations.explain_line(explanations.address_of(line), language, settings=home)
            text = "\n".join(explanations.as_text(of))
            assert of.reckoned is None or of.reckoned.agrees, text
            failed = [condition.number for condition in of.conditions if not condition.is_met]
            assert (failed[0] if failed else None) == line["failed_condition"], text
