"""Generated months: operators and schemes that Hypothesis makes up, calculated by the product and by the oracle.

September first, then October, which looks back to it. A month costs seconds (files, a database, dbt), so a few examples,
each with many cases: PRM_ORACLE_EXAMPLES says how many, PRM_ORACLE_SUBSCRIBERS how large (some 20 events for each).
"""

import io
import os
import shutil
import tempfile
from datetime import date, timedelta
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

import loaders
import registry
import runs
from prm import database
from tests.conftest import fresh_home
from tests.operators import OCTOBER
from tests.oracle.comparing import assert_equal
from tests.oracle.made_up import scheme
from tests.oracle.made_up_operator import operator
from tests.oracle.month import Month, calculate
from tests.shuffled import assert_same_when_shuffled

EXAMPLES = int(os.environ.get("PRM_ORACLE_EXAMPLES", "3"))
SUBSCRIBERS = int(os.environ.get("PRM_ORACLE_SUBSCRIBERS", "120"))
DAYS = st.integers(0, 30).map(lambda n: date(2026, 10, 1) + timedelta(days=n))
SEPTEMBER = st.integers(0, 29).map(lambda n: date(2026, 9, 1) + timedelta(days=n))


@st.composite
def values_by_hand(draw):
    """Values of attributes that somebody gives at all levels: (level, holder, attribute, value, first day)."""
    holders = [
        ("branch", "ural"),
        ("branch", "volga"),
        ("counterparty", "D1"),
        ("counterparty", "D2"),
        ("contract", "C1-0"),
    ]
    keys = st.tuples(
        st.sampled_from(holders), st.sampled_from(["rate", "rate", "fee", "segment"]), st.one_of(SEPTEMBER, DAYS)
    )
    given_by_hand = draw(st.lists(keys, max_size=8, unique=True))
    return [
        (level, holder, name, draw(st.sampled_from(["0.02", "0.125", "1"])), day)
        for (level, holder), name, day in given_by_hand
        if (level, name) != ("contract", "segment")
    ]


def second_version(text: str, announced_on: date | None) -> str:
    """The next version of a made-up scheme, from mid-October, with other defaults."""
    yaml, written = YAML(), io.StringIO()
    document = yaml.load(text) | {"version": 2, "valid_from": date(2026, 10, 9)}
    if announced_on:
        document["announced_on"] = announced_on
    document["attributes"]["rate"]["default"], document["attributes"]["fee"]["default"] = "0.0404", "4.04"
    yaml.dump(document, written)
    return written.getvalue()


@settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a smaller example is not worth minutes of months
)  # fmt: skip
@given(
    seed=st.integers(0, 2**32), first=scheme("first"), second=scheme("second"), link_from=DAYS, mark_from=DAYS,
    values=values_by_hand(), announced_on=st.one_of(st.none(), SEPTEMBER),
)  # fmt: skip
def test_generated_months_are_equal_to_the_kopeck(
    server, template, seed, first, second, link_from, mark_from, values, announced_on
):
    made = operator(seed, first, second, subscribers=SUBSCRIBERS)
    branches = {counterparty["branch"] for counterparty in made.counterparties}
    values = [value for value in values if value[0] != "branch" or value[1] in branches]
    folder = Path(tempfile.mkdtemp(prefix="prm-generated-"))
    with fresh_home(server, template, folder / "home") as home:
        library = folder / "library"
        library.mkdir()
        made.write(home.inbox)
        with database.transaction(home) as connection:
            texts = {"first": first, "second": second, "first_2": second_version(first, announced_on)}
            for name, text in texts.items():
                (library / f"{name}.yaml").write_text(text, encoding="utf-8")
                registry.add_scheme(connection, library / f"{name}.yaml")
        refused = [result for result in loaders.load_inbox(home) if result.outcome != "accepted"]
        assert not refused, [(result.file_name, result.reasons) for result in refused]
        link = {
            "subscriber_id": "N00001",
            "outlet_id": made.outlets[-1]["outlet_id"],
            "valid_from": link_from,
            "valid_to": None,
        }
        mark = {"subscriber_id": "N00002", "valid_from": mark_from, "valid_to": mark_from + timedelta(days=3)}
        with database.transaction(home) as connection:
            registry.link_subscriber(
                connection, link["subscriber_id"], link["outlet_id"], valid_from=link_from, reason="x", author="x"
            )
            for level, holder, attribute, value, day in values:
                registry.set_attribute(
                    connection, attribute, value, level=level, holder=holder, valid_from=day, author="x"
                )
            registry.mark_fraud(
                connection,
                mark["subscriber_id"],
                valid_from=mark_from,
                valid_to=mark["valid_to"],
                reason="x",
                author="x",
            )
        earlier: dict[str, Month] = {}
        for period in (OCTOBER.previous, OCTOBER):
            result = runs.calculate(period, allow_left_out=True, settings=home)
            month = calculate(home.inbox, library, str(period), [link], [mark], earlier, values)
            assert_equal(home, str(period), result.run_id, month)
            earlier[str(period)] = month
        copy = folder / "again"
        shutil.copytree(home.runs / str(result.run_id), copy)
        assert_same_when_shuffled(copy, home.model_copy(update={"threads": 1}))
        before = runs.current_versions(OCTOBER, settings=home)
        one = runs.calculate(
            OCTOBER, [made.counterparties[-1]["counterparty_id"]], force=True, allow_left_out=True, settings=home
        )
        after = runs.current_versions(OCTOBER, settings=home)
        # A counterparty that was asked for and has no line has an empty version, and in a whole run none.
        hashes = [{who: of["content_hash"] for who, of in one.items() if of["lines"]} for one in (before, after)]
        assert hashes[0] == hashes[1]
        assert {after[who]["run_id"] for who in one.counterparties or () if who in after} == {one.run_id}
