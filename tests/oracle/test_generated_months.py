"""Generated months: operators and schemes that Hypothesis makes up, calculated by the product and by the oracle.

September first, then October, which looks back to it. A month costs seconds (files, a database, dbt), so a few examples, each with many cases: sizes of the search
are set by PRM_ORACLE_EXAMPLES.
"""

import io
import os
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
from tests.operators import OCTOBER, Operator
from tests.oracle.comparing import assert_equal
from tests.oracle.made_up import scheme
from tests.oracle.month import Month, calculate

EXAMPLES = int(os.environ.get("PRM_ORACLE_EXAMPLES", "3"))
DAYS = st.integers(0, 30).map(lambda n: date(2026, 10, 1) + timedelta(days=n))
SEPTEMBER = st.integers(0, 29).map(lambda n: date(2026, 9, 1) + timedelta(days=n))
AMOUNTS = st.integers(-30_000, 200_000).map(
    lambda n: f"{n // 100 if n >= 0 else -(-n // 100)}.{abs(n) % 100:02d}" if n >= 0 else f"-{-n // 100}.{-n % 100:02d}"
)


@st.composite
def operator(draw):
    """An operator of a few counterparties with kits sold twice, late reports, marks, refunds and boundary sums."""
    made = Operator()
    made.product("V1", "voice")
    made.product("C1", "content")
    owners = [f"D{number}" for number in range(1, draw(st.integers(2, 4)) + 1)]
    for number, owner in enumerate(owners):
        kind = "subdealer" if number and draw(st.booleans()) else "dealer"
        made.counterparty(owner, kind, draw(st.sampled_from(["ural", "volga"])))
        made.counterparties[-1]["attribute:rate"] = draw(st.sampled_from([None, None, "0.0333", "2"]))
        if kind == "subdealer":
            made.counterparties[-1]["parent_id"] = draw(st.sampled_from(owners[:number]))
        made.outlet(f"T{number + 1}", owner, draw(st.sampled_from(["own", "multibrand", "online"])))
        for contract in range(draw(st.integers(1, 2))):
            made.contract(
                f"C{number + 1}-{contract}", owner, draw(st.sampled_from(["first", "second"])),
                valid_from=date(2026, 10, draw(st.sampled_from([1, 1, 12]))),
                valid_to=draw(st.sampled_from([None, None, date(2026, 10, 22)])),
                status=draw(st.sampled_from(["active", "active", "suspended"])),
                notice_days=draw(st.sampled_from([None, 0, 5, 20])),
                **{"attribute:rate": draw(st.sampled_from([None, "0.0777", "0.5"]))},
            )  # fmt: skip
    outlets = [outlet["outlet_id"] for outlet in made.outlets]
    subscribers = []
    for number in range(1, draw(st.integers(8, 16)) + 1):
        subscribers.append(made.subscriber(
            number, draw(st.sampled_from([*outlets, *outlets, None])), draw(st.sampled_from(["V1", "V1", "C1"])),
            activated_on=draw(st.one_of(DAYS, st.just(date(2026, 4, 30)), st.just(date(2026, 9, 28)))),
            changed_on=None, sold_on=draw(st.sampled_from([date(2026, 4, 1), date(2026, 10, 12)])),
        ))  # fmt: skip
        if draw(st.booleans()) and draw(st.booleans()):
            made.sale(f"S{number}", f"8970100000000{number:05d}", draw(st.sampled_from(outlets)), draw(DAYS))
    for number in draw(st.lists(st.integers(1, len(subscribers)), unique=True, max_size=8)):
        first = made.subscribers[number - 1]
        day = max(draw(st.one_of(SEPTEMBER, DAYS)), first["activated_on"])
        gone = draw(st.sampled_from([None, day, first["activated_on"]]))
        made.report(number, day, draw(st.sampled_from(["V1", "C1"])), gone)
    for _ in range(draw(st.integers(30, 60))):
        made.charge(
            draw(st.sampled_from([*subscribers, "N99999"])), draw(st.one_of(AMOUNTS, st.sampled_from(["100.00", "250.50", "-0.01"]))),
            draw(st.one_of(DAYS, SEPTEMBER)), draw(st.sampled_from(["V1", "C1"])), draw(st.sampled_from(["monthly", "usage"])),
        )  # fmt: skip
    for _ in range(draw(st.integers(3, 12))):
        made.payment(
            draw(st.sampled_from([*outlets, None])), draw(AMOUNTS), draw(st.sampled_from([*subscribers, None])),
            draw(st.sampled_from(["cash", "card", "online"])), draw(DAYS),
        )  # fmt: skip
    for _ in range(draw(st.integers(3, 12))):
        made.operation(
            draw(st.sampled_from(["terminal_sale", "sim_swap"])), draw(st.sampled_from([*outlets, "T99", None])),
            draw(st.one_of(st.none(), AMOUNTS)), draw(st.sampled_from([*subscribers, "N99999", None])),
            draw(st.one_of(DAYS, SEPTEMBER)), draw(st.sampled_from(["V1", None])),
        )  # fmt: skip
    for owner in draw(st.lists(st.sampled_from(owners), unique=True, min_size=1)):
        made.plan(owner, "revenue", draw(st.sampled_from(["0", "100", "777.77"])))
    for subscriber_id in draw(st.lists(st.sampled_from(subscribers), max_size=3)):
        made.mark(subscriber_id, draw(DAYS), draw(st.sampled_from([None, date(2026, 10, 31)])))
    made.mark("N99999", date(2026, 10, 1))  # the file is never empty
    return made


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
    made=operator(), first=scheme("first"), second=scheme("second"), link_from=DAYS, mark_from=DAYS,
    values=values_by_hand(), announced_on=st.one_of(st.none(), SEPTEMBER),
)  # fmt: skip
def test_generated_months_are_equal_to_the_kopeck(
    server, template, made, first, second, link_from, mark_from, values, announced_on
):
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
        assert {result.outcome for result in loaders.load_inbox(home)} == {"accepted"}
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
            result = runs.calculate(period, settings=home)
            month = calculate(home.inbox, library, str(period), [link], [mark], earlier, values)
            assert_equal(home, str(period), result.run_id, month)
            earlier[str(period)] = month
        before = runs.current_versions(OCTOBER, settings=home)
        one = runs.calculate(OCTOBER, [made.counterparties[-1]["counterparty_id"]], force=True, settings=home)
        after = runs.current_versions(OCTOBER, settings=home)
        # A counterparty that was asked for and has no line has an empty version, and in a whole run none.
        hashes = [{who: of["content_hash"] for who, of in one.items() if of["lines"]} for one in (before, after)]
        assert hashes[0] == hashes[1]
        assert {after[who]["run_id"] for who in one.counterparties or () if who in after} == {one.run_id}
