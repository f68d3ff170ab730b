"""A load that is taken back counts no more, is not brought in again by the inbox, and can come back by hand."""

import importlib

import pytest
import typer.testing

import cli
import explanations
import loaders
from prm import database
from prm.errors import NotFoundError, PrmError, RefusedError
from tests.loaders.helpers import charge, text_of, write

importlib.import_module("cli.load")
NAME = "charges_2026-10_ural.csv"


@pytest.fixture
def live(home):
    with database.transaction(home) as connection:
        connection.execute("insert into registry.branches values ('ural')")
    path = write(home.inbox, NAME, text_of([charge(1), charge(2)]))
    return loaders.load(path, settings=home)


def withdraw(home, name=NAME, reason="test data"):
    return loaders.withdraw(name, reason=reason, author="olga", settings=home)


def counted(home):
    with database.transaction(home) as connection:
        return [row["load_id"] for row in loaders.live_partitions(connection, "charges", "2026-10")]


def is_missing(home):
    with database.transaction(home) as connection:
        return ("charges", "ural") in loaders.missing_files(connection, "2026-10")


@pytest.mark.parametrize("by_number", [True, False])
def test_its_rows_count_no_more_and_its_history_says_who_and_why(home, live, by_number):
    assert not is_missing(home)
    done = withdraw(home, live.load_id if by_number else NAME)
    assert (done.load_id, done.data_set, done.periods) == (live.load_id, "charges", ("2026-10",))
    assert counted(home) == [] and list((home.lake / "charges").rglob("*.parquet"))
    with database.transaction(home) as connection:
        rows = connection.execute("select what, reason, author from loads.history order by entry").fetchall()
    assert is_missing(home)
    assert [tuple(row.values()) for row in rows] == [("accepted", None, None), ("withdrawn", "test data", "olga")]
    assert "withdrawn by olga: test data" in explanations.explain_row(NAME, 1, "en", settings=home).outcome
    with pytest.raises(RefusedError, match="is withdrawn"):
        withdraw(home)


def test_the_inbox_leaves_it_and_by_hand_it_comes_back(home, live):
    withdraw(home)
    assert [one.outcome for one in loaders.load_inbox(home)] == ["unchanged"] and counted(home) == []
    back = loaders.load(home.inbox / NAME, settings=home)
    assert (back.outcome, back.supersedes) == ("reinstated", None) and counted(home) == [live.load_id]
    with database.transaction(home) as connection:
        assert loaders.list_loads(connection)[0]["state_reason"] is None
    withdraw(home)
    corrected = loaders.load(write(home.inbox, NAME, text_of([charge(1)])), settings=home)
    assert (corrected.outcome, corrected.supersedes) == ("accepted", None) and counted(home) == [corrected.load_id]


def test_what_can_not_be_withdrawn_says_why(home, live):
    write(home.inbox, "products.csv", "product_id,name,product_group\nV1,Тариф,voice\n")
    assert loaders.load(home.inbox / "products.csv", settings=home).outcome == "accepted"
    with pytest.raises(RefusedError, match="is reference data"):
        withdraw(home, "products.csv")
    with pytest.raises(NotFoundError, match="was ever offered"):
        withdraw(home, "charges_2026-11_ural.csv")
    with pytest.raises(PrmError, match="a reason"):
        withdraw(home, reason=" ")
    assert counted(home) == [live.load_id]


def test_the_command_says_what_it_touches_and_the_list_says_why(home, live, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    run = typer.testing.CliRunner().invoke
    said = run(cli.app, ["withdraw", NAME, "--reason", "test data", "--author", "olga"])
    assert f"load {live.load_id} is withdrawn; touches charges 2026-10" in said.output, said.exception
    listed = run(cli.app, ["loads", "--state", "withdrawn"]).output
    assert live.load_id in listed and "withdrawn by olga: test data" in listed and "1 withdrawn" in listed
