"""Values by hand are checked against the schemes they are for when they are entered, and can be taken away again."""

from datetime import date

import psycopg
import pytest
from typer.testing import CliRunner

import cli.registry
import registry
from prm import database
from prm.errors import NotFoundError, RefusedError
from registry.decisions import values_known_on
from schemes import AgreedValues
from tests.registry.test_reference import apply, contract, counterparty  # noqa: F401  # a fixture
from tests.schemes.drafts import SOUND, broken

MAY = date(2026, 5, 1)
SECOND = broken("version: 1", "version: 2", broken("valid_from: 2026-01-01", "valid_from: 2026-07-01"))
SECOND = broken('between: ["0.00", "1000.00"]', 'between: ["0.00", "400.00"]', SECOND)


@pytest.fixture
def books(home, apply, tmp_path):  # noqa: F811
    """Contract C1 of D1, in the branch ural, under a scheme whose second version, of July, allows smaller fees."""
    apply("counterparties", [counterparty(1), counterparty(2)], "a")
    apply("contracts", [contract(1, "D1", scheme="trial", **{"attribute:fee": "310.00"})], "b")
    with database.transaction(home) as connection:
        for name, text in (("trial", SOUND), ("trial_2", SECOND)):
            (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
            registry.add_scheme(connection, tmp_path / f"{name}.yaml")
    return home


def give(home, name, value, level="contract", holder="C1", day=MAY):
    with database.transaction(home) as connection:
        return registry.set_attribute(
            connection, name, value, level=level, holder=holder, valid_from=day, author="olga"
        )


def take(home, name, day=MAY, holder="C1"):
    with database.transaction(home) as connection:
        return registry.unset_attribute(
            connection, name, level="contract", holder=holder, valid_from=day, author="ivan"
        )


def values(home):
    with database.transaction(home) as connection:
        rows = connection.execute(
            "select valid_from::text, value, author from reporting.contract_attributes order by attribute, valid_from"
        )
        return [tuple(row.values()) for row in rows]


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("fees", "5", "scheme 'trial', version 1, which has no attribute 'fees'. Did you mean 'fee'?"),
        ("fee", "5 000,00", "'5 000,00' is no value of 'fee' .* Accepted: an amount of money such as 300.00, from 0.00 to 1000.00"),
        ("fee", "1000.01", "version 1 .* from 0.00 to 1000.00"),
        ("fee", "500.00", "version 2 .* from 0.00 to 400.00"),
        ("part", "5", r"Accepted: a share such as 0.05 \(that is 5 %\), from 0 to 0.20 \(0% to 20%\)"),
        ("fee", " ", "prm registry unset-attribute"),
    ],
)  # fmt: skip
def test_a_value_that_a_scheme_of_the_contract_does_not_accept_is_refused(books, name, value, told):
    before = values(books)
    with pytest.raises(RefusedError, match=told):
        give(books, name, value)
    assert values(books) == before


def test_a_value_is_held_to_the_versions_of_its_own_days_only(books):
    give(books, "fee", "350.00", day=date(2026, 7, 1))
    assert give(books, "fee", "500.00")  # until July


def test_a_version_that_begins_on_the_contracts_last_day_is_asked_too(books, apply):  # noqa: F811
    apply("contracts", [contract(1, "D1", scheme="trial", valid_to=date(2026, 7, 1))], "c")
    with pytest.raises(RefusedError, match=r"version 2 .* from 0.00 to 400.00"):
        give(books, "fee", "500.00")


def test_values_of_counterparties_and_branches_are_checked_where_a_scheme_has_the_attribute(books):
    for level, holder in (("counterparty", "D1"), ("branch", "ural")):
        with pytest.raises(RefusedError, match=r"contract C1\), accepts"):
            give(books, "fee", "5 000,00", level, holder)
        assert give(books, "fee", "200.00", level, holder)
        assert not give(books, "segment", "federal", level, holder)
    assert not give(books, "fee", "anything", "counterparty", "D2")  # it has no contract


def test_a_value_set_by_hand_is_removed_and_the_files_own_stands_again(books):
    file = date(2026, 1, 1)
    give(books, "fee", "50.00", day=file)
    give(books, "fee", "60.00")
    assert take(books, "fee") == registry.Unset("removed", "60.00", ("50.00", file), True)
    assert take(books, "fee", file) == registry.Unset("removed", "50.00", ("310.00", file), True)
    assert values(books) == [("2026-01-01", "310.00", "file")]


def test_a_value_that_began_earlier_is_ended_and_another_level_holds_again(books, apply):  # noqa: F811
    assert take(books, "fee") == registry.Unset("ended", "310.00", None, True)
    apply("contracts", [contract(1, "D1", scheme="trial", **{"attribute:fee": "310.00"})], "c")
    assert values(books) == [("2026-01-01", "310.00", "file"), ("2026-05-01", None, "ivan")]
    with pytest.raises(NotFoundError, match=r"no value of 'fee' on 2026-05-01. It has: fee from 2026-01-01"):
        take(books, "fee")
    with pytest.raises(NotFoundError, match="C9"):
        take(books, "fee", holder="C9")


def test_every_change_is_kept_and_nobody_changes_that(books):
    give(books, "fee", "50.00")
    take(books, "fee")
    with database.transaction(books) as connection:
        rows = connection.execute(
            "select action, value, former_value, author from reporting.attribute_history order by change_id"
        ).fetchall()
        assert [tuple(row.values()) for row in rows] == [
            ("set", "50.00", None, "olga"), ("removed", None, "50.00", "ivan"),
        ]  # fmt: skip
        with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
            connection.execute("delete from registry.attribute_history")
        connection.rollback()


def test_the_command_says_what_holds_from_then_on(books):
    def run(*arguments):
        return CliRunner().invoke(cli.registry.group, [*arguments, "--contract", "C1", "--from", "2026-05-01"]).output

    run("set-attribute", "fee", "50.00")
    assert run("unset-attribute", "fee") == (
        "contract C1: fee 50.00 is removed; from 2026-05-01 it has 310.00 (since 2026-01-01)\n"
    )
    assert run("unset-attribute", "fee") == "contract C1: fee 310.00 is ended; from 2026-05-01 it has none of its own\n"


def test_a_value_that_reaches_closed_months_says_so(books):
    with database.transaction(books) as connection:
        for month in ("2026-04", "2026-05", "2026-06"):
            connection.execute(
                "insert into runs.period_decisions (period, what, author, content_hash) values (%s, 'closed', 'x', '')",
                [month],
            )

    def run(*arguments):
        return (
            CliRunner()
            .invoke(cli.registry.group, [*arguments[:-1], "--contract", "C1", "--from", arguments[-1]])
            .output
        )

    told = "this reaches closed months: 2026-05, 2026-06. Their readers see no change"
    why = ("--reason", "agreed late", "--author", "olga", "--decided-on", "2026-05-30")
    assert "fee is 50.00" not in run("set-attribute", "fee", "50.00", "2026-05-31")  # it doesn't say why
    assert told in run("set-attribute", "fee", "50.00", *why, "2026-05-31")
    assert "is removed" not in run("unset-attribute", "fee", "2026-05-31")
    assert told in run("unset-attribute", "fee", *why, "2026-05-31")
    assert "closed months" not in run("set-attribute", "fee", "50.00", "2026-07-01")
    assert "closed months" not in run("set-attribute", "document_language", "en", "2026-05-01")  # no rule reads it
    with database.transaction(books) as connection:
        rows = connection.execute(
            "select action, decided_on::text, reason from reporting.attribute_history where reason is not null order by change_id"
        ).fetchall()
    assert [tuple(row.values()) for row in rows] == [
        ("set", "2026-05-30", "agreed late"), ("removed", "2026-05-30", "agreed late"),
    ]  # fmt: skip
    with pytest.raises(RefusedError, match="2999-01-01 is still to come"), database.transaction(books) as connection:
        registry.set_attribute(
            connection, "fee", "60.00", level="contract", holder="C1", valid_from=MAY, author="olga",
            decided_on=date(2999, 1, 1),
        )  # fmt: skip


def test_what_a_file_brings_is_known_on_every_day_whatever_was_set_and_taken_away_by_hand(books, apply):  # noqa: F811
    def known(day):
        with database.transaction(books) as connection:
            rows = values_known_on(connection, "contract", day)
        return {(str(row["valid_from"]), row["value"]) for row in rows if row["attribute"] == "fee"}

    first, may = ("2026-01-01", "310.00"), date(2026, 5, 30)
    decided = {"level": "contract", "holder": "C1", "valid_from": MAY, "author": "olga", "decided_on": may}
    with database.transaction(books) as connection:
        registry.set_attribute(connection, "fee", "50.00", **decided)
    assert known(date(2026, 5, 29)) == {first} and known(may) == {first, ("2026-05-01", "50.00")}
    take(books, "fee")
    assert known(date.today()) == {first} and known(may) == {first, ("2026-05-01", "50.00")}
    brought = contract(1, "D1", scheme="trial", valid_from=MAY, **{"attribute:fee": "60.00"})
    apply("contracts", [brought], "c")
    assert known(date.today()) == known(date(2026, 5, 29)) == {("2026-05-01", "60.00")}
    assert known(may) == {("2026-05-01", "50.00")}


def test_where_a_value_was_ended_the_next_level_holds_from_that_day_on():
    def row(value, day, **holder):
        return {"attribute": "fee", "value": value, "valid_from": day, "author": "olga"} | holder

    agreed = AgreedValues(
        of_contracts=[row("310.00", date(2026, 1, 1), contract_id="C1"), row(None, MAY, contract_id="C1")],
        of_branches=[row("200.00", date(2026, 2, 1), branch="ural")],
        counterparties=[{"counterparty_id": "D1", "branch": "ural"}],
    )
    before, after = (agreed.origin("C1", "D1", "fee", day) for day in (date(2026, 4, 30), MAY))
    assert (before.level, before.value, after.level, after.value) == ("contract", "310.00", "branch", "200.00")
