"""Links and marks by hand: ended from a day with both histories kept, and in bulk by a file, all or none."""

from datetime import date

import openpyxl
import psycopg
import pytest
from typer.testing import CliRunner

import cli.registry
import loaders
import registry
from prm import database
from prm.errors import NotFoundError, PrmError, RefusedError

DAY = date(2026, 10, 10)


@pytest.fixture
def books(home):
    with database.transaction(home) as connection:
        connection.execute("insert into registry.branches values ('ural')")
        connection.execute(
            "insert into registry.counterparties (counterparty_id, name, kind, branch) values ('D1', 'D1', 'dealer', 'ural')"
        )
        connection.execute(
            "insert into registry.outlets (outlet_id, counterparty_id, name, kind, region, opened_on) values ('T1', 'D1', 'T1', 'own', 'Perm', '2025-01-01')"
        )
    return home


def ranges(settings, table="links"):
    with database.transaction(settings) as connection:
        rows = connection.execute(f"select subscriber_id, valid_from, valid_to from registry.{table} order by 1, 2")
        return [tuple(row.values()) for row in rows]


def test_an_ended_link_holds_until_the_day_before_and_what_was_believed_stays(books):
    with database.transaction(books) as connection:
        number = registry.link_subscriber(connection, "N1", "T1", valid_from=DAY, reason="act 1", author="olga")
    with database.transaction(books) as connection:
        with pytest.raises(PrmError, match="reason"):
            registry.unlink_subscriber(connection, "N1", ended_from=DAY, reason=" ", author="pavel")
        ended = registry.unlink_subscriber(
            connection, "N1", ended_from=date(2026, 10, 20), reason="returned", author="pavel"
        )
    assert ended == number and ranges(books) == [("N1", DAY, date(2026, 10, 19))]
    with database.transaction(books) as connection:
        believed = """select valid_to, end_author from reporting.links_by_hand
                      where known_from <= %(at)s and (known_to is null or known_to > %(at)s)"""
        (former,) = connection.execute("select * from reporting.links_by_hand where known_to is not null").fetchall()
        then = connection.execute(believed, {"at": former["known_from"]}).fetchall()
        now = connection.execute(believed, {"at": former["known_to"]}).fetchall()
        assert [tuple(row.values()) for row in then] == [(None, "pavel")]
        assert [row["valid_to"] for row in connection.execute("select valid_to from registry.links")] == [
            date(2026, 10, 19)
        ]
        assert len(now) <= 1 and (former["reason"], former["end_reason"]) == ("act 1", "returned")
        with pytest.raises(NotFoundError):
            registry.unlink_subscriber(connection, "N1", ended_from=date(2026, 10, 20), reason="x", author="x")
    with pytest.raises(psycopg.errors.RaiseException, match="append-only"), database.transaction(books) as connection:
        connection.execute("delete from registry.former_ranges")


def test_a_mark_that_is_cleared_from_its_first_day_never_held_but_was_believed(books):
    with database.transaction(books) as connection:
        for begins, ends in ((DAY, date(2026, 10, 12)), (date(2026, 10, 15), None)):
            registry.mark_fraud(connection, "N1", valid_from=begins, valid_to=ends, reason="checked", author="olga")
        with pytest.raises(RefusedError, match="several"):
            registry.clear_fraud_mark(connection, "N1", ended_from=DAY, reason="a mistake", author="pavel")
        registry.clear_fraud_mark(
            connection, "N1", ended_from=date(2026, 10, 15), reason="a mistake", author="pavel"
        )  # fmt: skip
    assert ranges(books, "fraud_marks") == [("N1", DAY, date(2026, 10, 12))]
    with database.transaction(books) as connection:
        (former,) = connection.execute("select * from reporting.links_by_hand where known_to is not null").fetchall()
    assert (former["kind"], former["valid_from"], former["end_author"]) == ("fraud mark", date(2026, 10, 15), "pavel")


@pytest.mark.parametrize("form", ["csv", "cp1251", "xlsx"])
def test_a_file_of_links_is_taken_whole(books, tmp_path, form):
    header, rows = ["Абонент", "Торговая точка", "Действует с", "причина"], [
        ["N1", "T1", "10.10.2026", "акт 1"],
        ["N2", "T1", "2026-10-11", ""],
    ]  # fmt: skip
    path = tmp_path / f"links.{'xlsx' if form == 'xlsx' else 'csv'}"
    if form == "xlsx":
        book = openpyxl.Workbook()
        for row in (header, *rows):
            book.active.append(row)
        book.save(path)
    else:
        lines = "\n".join(";".join(row) for row in (header, *rows))
        path.write_text(lines, encoding="cp1251" if form == "cp1251" else "utf-8")
    done = CliRunner().invoke(cli.registry.group, ["bulk", "link", str(path), "--reason", "act 12", "--author", "olga"])
    assert done.exit_code == 0 and "2 rows taken" in done.output, done.exception
    with database.transaction(books) as connection:
        found = connection.execute("select subscriber_id, reason, author from registry.links order by 1").fetchall()
    assert [tuple(row.values()) for row in found] == [("N1", "акт 1", "olga"), ("N2", "act 12", "olga")]


def test_of_a_file_with_bad_rows_none_is_taken_and_each_is_named(books, tmp_path):
    path = tmp_path / "links.csv"
    path.write_text(
        "subscriber_id,outlet_id,valid_from\nN1,T1,2026-10-10\nN2,T9,2026-10-10\nN1,T1,2026-10-12\nN3,T1,soon\nN4,T1,\n",
        encoding="utf-8",
    )
    with pytest.raises(loaders.RowsRefused) as refused, database.transaction(books) as connection:
        loaders.decide_in_bulk(connection, path, "link", reason="act 12", author="olga")
    assert [row.number for row in refused.value.rows] == [2, 3, 4, 5]
    assert all(
        of in str(refused.value) for of in ("'T9'", "already in links", "'soon' is not a day", "valid_from is empty")
    )
    assert ranges(books) == []
    path.write_text("subscriber_id,valid_from\nN1,2026-10-10\n", encoding="utf-8")
    with pytest.raises(PrmError, match="lacks outlet_id"), database.transaction(books) as connection:
        loaders.decide_in_bulk(connection, path, "link", reason="act 12", author="olga")
    for what, left in (("mark-fraud", [("N1", DAY, None)]), ("clear-fraud", [])):
        with database.transaction(books) as connection:
            assert loaders.decide_in_bulk(connection, path, what, reason="act 12", author="olga") == 1
        assert ranges(books, "fraud_marks") == left
