"""Which versions something that changed since has made stale, whose and why; only those are calculated again."""

import importlib
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
import typer.testing
from psycopg.types.json import Jsonb

import cli
import loaders
import registry
import runs
from prm import database
from prm.errors import NotFoundError, RefusedError
from runs.changes import Side
from tests.operators import OCTOBER, small_operator

importlib.import_module("cli.versions")


def stale(settings):
    return {one.counterparty_id: one for one in runs.stale(OCTOBER, settings=settings)}


def offer(settings, operator, data_set, name):
    """Loads one file of an operator's, under the name that its rows get."""
    operator.write(settings.home / "again")
    result = loaders.load(settings.home / "again" / name, settings=settings)
    assert result.outcome == "accepted", result
    return result


@pytest.fixture
def changed(month):
    """What a test inserts into the registry is taken out again."""
    yield month
    with database.transaction(month) as connection:
        for table in ("links", "fraud_marks", "counterparty_attributes"):
            connection.execute(f"delete from registry.{table}")
        connection.execute("delete from registry.contract_attributes where author = 'olga'")


def test_nothing_is_stale_that_was_just_calculated(month):
    assert runs.stale(settings=month) == []


def test_what_comes_later_makes_no_earlier_month_stale(changed):
    operator = small_operator()
    operator.subscriber(50, "T-D00001", activated_on=date(2026, 11, 3))
    operator.charge("N00050", "10.00", date(2026, 11, 4))
    offer(changed, operator, "subscribers", "subscribers_2026-11_ural.csv")
    offer(changed, operator, "charges", "charges_2026-11_ural.csv")
    with database.transaction(changed) as connection:
        registry.link_subscriber(
            connection, "N00005", "T-D00001", valid_from=date(2026, 11, 1), reason="moved", author="olga"
        )
        registry.set_attribute(
            connection, "charge_share", "0.07", level="contract", holder="C-D00001", valid_from=date(2026, 11, 1),
            author="olga",
        )  # fmt: skip
        registry.set_attribute(  # no scheme knows it
            connection, "tone", "friendly", level="counterparty", holder="D00001", valid_from=date(2026, 1, 1),
            author="olga",
        )  # fmt: skip
    assert stale(changed) == {}


def test_a_link_by_hand_makes_stale_whose_the_subscriber_was_and_is(changed):
    with database.transaction(changed) as connection:
        registry.link_subscriber(  # N00005's kit was sold by D00002
            connection, "N00005", "T-D00001", valid_from=date(2026, 10, 10), reason="moved", author="olga"
        )
        registry.link_subscriber(  # of whom nothing is known
            connection, "N77777", "T-D00001", valid_from=date(2026, 10, 10), reason="moved", author="olga"
        )
    found = stale(changed)
    assert set(found) == {"D00001", "D00002"}
    assert found["D00001"].reasons[0].en == "links by hand of N00005" and "N00005" in found["D00001"].reasons[0].ru


def test_a_mark_by_hand_makes_stale_whose_the_subscriber_is_and_who_took_its_payments(changed):
    with database.transaction(changed) as connection:
        registry.mark_fraud(connection, "N00007", valid_from=date(2026, 10, 3), reason="checked", author="olga")
    assert set(stale(changed)) == {"D00002", "A00001"}


def test_a_mark_that_comes_by_a_file_does_so_too(month):
    operator, name = small_operator(), "antifraud_marks_2026-10_ural.csv"
    operator.mark("N00007", date(2026, 10, 3))
    offer(month, operator, "antifraud_marks", name)
    assert set(stale(month)) == {"D00002", "A00001"}
    assert loaders.load(month.inbox / name, settings=month).outcome == "reinstated"
    assert stale(month) == {}


def test_a_value_makes_its_holder_stale(changed):
    with database.transaction(changed) as connection:
        registry.set_attribute(
            connection, "charge_share", "0.07", level="contract", holder="C-D00001", valid_from=date(2026, 10, 1),
            author="olga", reason="addendum 3",
        )  # fmt: skip
    found = stale(changed)
    assert set(found) == {"D00001"}
    assert found["D00001"].reasons[0].en == "values of contracts: charge_share (C-D00001) (olga: addendum 3)"


def test_other_notice_makes_the_contract_s_holder_stale(month):
    def demands(days):
        with database.transaction(month) as connection:
            connection.execute("update registry.contracts set notice_days = %s where contract_id = 'C-D00001'", [days])

    demands(30)
    found = stale(month)
    demands(None)
    assert set(found) == {"D00001"} and found["D00001"].reasons[0].en == "contracts C-D00001"
    assert stale(month) == {}


def test_a_file_that_is_withdrawn_makes_stale_the_owners_of_its_rows_until_it_comes_back(month):
    operator, name = small_operator(), "charges_2026-10_ural.csv"
    assert loaders.withdraw(name, reason="test data", author="olga", settings=month).periods == ("2026-10",)
    found = stale(month)
    assert {"D00001", "D00002"} <= set(found)
    assert found["D00001"].reasons[0].en == f"{name} was taken back: {len(operator.charges)} rows differ"
    assert loaders.load(month.inbox / name, settings=month).outcome == "reinstated"
    assert stale(month) == {}


def test_a_corrected_file_makes_stale_the_owners_of_the_rows_that_differ_and_just_they_are_calculated(month):
    before = runs.current_versions(OCTOBER, settings=month)
    operator = small_operator()
    row = next(row for row in operator.charges if row["subscriber_id"] == "N00001" and row["product_id"] == "V1")
    row["amount"] += Decimal("40.00")
    operator.charges.reverse()  # other bytes throughout, and one row that says something else
    offer(month, operator, "charges", "charges_2026-10_ural.csv")
    found = stale(month)
    assert set(found) == {"D00002"} and found["D00002"].run_id == before["D00002"]["run_id"]
    assert found["D00002"].reasons[0].en.endswith("replaced by charges_2026-10_ural.csv: 2 rows differ")
    assert not found["D00002"].is_closed

    with database.transaction(month) as connection:
        connection.execute(
            "insert into runs.period_decisions (period, what, author, content_hash) values ('2026-10', 'closed', 'x', '')"
        )
    assert stale(month) == {"D00002": replace(found["D00002"], is_closed=True)}
    assert runs.calculate_stale(settings=month) == []  # a closed month is calculated only if that is asked for
    (result,) = runs.calculate_stale(include_closed=True, request_key="asked-1", settings=month)
    assert (result.period, result.counterparties, result.state) == (OCTOBER, ["D00002"], "published")
    after = runs.current_versions(OCTOBER, settings=month)
    assert after["D00002"]["content_hash"] != before["D00002"]["content_hash"]
    assert after | {"D00002": None} == before | {"D00002": None}
    assert runs.stale(settings=month) == []
    (again,) = runs.calculate_stale(include_closed=True, request_key="asked-1", settings=month)
    assert (again.run_id, again.state) == (result.run_id, "unchanged")


def test_two_versions_are_compared_line_by_line_and_the_cause_is_named(month, monkeypatch):
    """Of the corrected file above: all its rows moved, and one of D00002's charges is 40.00 more."""
    last, *_, first = [row["run_id"] for row in runs.list_runs(OCTOBER, settings=month)]
    found = runs.diff(first, last, settings=month)
    assert found.compared == ["D00002"] and "D00001" in found.only_before and found.only_after == []
    (line,) = [line for line in found.lines if line.component == "charges"]
    assert (line.subscriber_id, line.stream) == ("N00001", "charge")
    assert line.after - line.before == Decimal("2.00")  # a share of 5 %
    assert found.lines_in_all == len(found.lines) and found.lines_by_kind["before"] == found.lines_by_kind["after"] == 0
    with database.transaction(month) as connection:
        sums = [
            connection.execute(
                "select sum(amount) as amount from results.rewards where run_id = %s and counterparty_id = 'D00002'",
                [run],
            ).fetchone()["amount"]
            for run in (first, last)
        ]
    assert sum(one.after - one.before for one in found.rewards) == sums[1] - sums[0] == Decimal("2.00")
    assert [cause.kind for cause in found.causes] == ["facts"] and "2 rows differ" in found.causes[0].words.en
    with pytest.raises(RefusedError, match="no counterparty in common"):
        runs.diff(first, last, ["D00001"], settings=month)
    with pytest.raises(NotFoundError):
        runs.diff(first, last + 1000, settings=month)

    for name, value in (("HOME", month.home), ("DATABASE_URL", month.database_url)):
        monkeypatch.setenv(f"PRM_{name}", str(value))
    monkeypatch.setenv("COLUMNS", "200")
    said = typer.testing.CliRunner().invoke(cli.app, ["runs", "diff", str(first), str(last), "--lang", "ru"]).output
    assert "сравнено контрагентов: 1" in said and "заменён на charges_2026-10_ural.csv" in said and "2,00" in said
    said = typer.testing.CliRunner().invoke(cli.app, ["runs", "--period", "2026-10"]).output
    assert str(last) in said and "published" in said
    assert "nothing is stale" in typer.testing.CliRunner().invoke(cli.app, ["stale"]).output


def test_the_scheme_and_the_code_are_named_as_causes_too(month):
    last, *_, first = [row["run_id"] for row in runs.list_runs(OCTOBER, settings=month)]
    with database.transaction(month) as connection:  # as if the later one had been made by other rules and models
        manifest = connection.execute("select manifest from runs.runs where run_id = %s", [last]).fetchone()["manifest"]
    other = manifest | {"code": "other", "schemes": dict.fromkeys(manifest["schemes"], "other")}

    def found(of):
        with database.transaction(month) as connection:
            connection.execute("update runs.runs set manifest = %s where run_id = %s", [Jsonb(of), last])
        return runs.diff(first, last, settings=month).causes

    causes = found(other)
    found(manifest)
    assert {cause.kind for cause in causes} == {"facts", "code", "schemes"}
    named = {cause.words.en.removeprefix("scheme ") for cause in causes if cause.kind == "schemes"}
    assert named and named <= set(manifest["schemes"])


def test_where_a_runs_folder_is_gone_it_is_said_that_nobody_can_tell_whose(month, monkeypatch):
    with database.transaction(month) as connection:
        registry.mark_fraud(connection, "N00007", valid_from=date(2026, 10, 3), reason="checked", author="olga")
    monkeypatch.setattr(Side, "is_there", property(lambda side: False))
    found = stale(month)
    assert set(found) == set(runs.current_versions(OCTOBER, settings=month))
    assert "is gone" in found["D00001"].reasons[0].en
