"""A file becomes rows in the lake and in quarantine, or is refused with a reason that a person can act on."""

import gzip
import json
from datetime import date
from decimal import Decimal

import pytest

import loaders
from prm import database
from tests.loaders.helpers import CHARGES, charge, lake_rows, text_of, write

NAME = "charges_2026-10_ural.csv"


@pytest.fixture
def offer(home):
    def offer(content, name=NAME, **options):
        return loaders.load(write(home.inbox, name, content), settings=home, **options)

    return offer


def states(home):
    with database.transaction(home) as connection:
        return {row["file_name"]: row["state"] for row in loaders.list_loads(connection)}


def history(home):
    with database.transaction(home) as connection:
        rows = connection.execute("select what, file_name from loads.history order by entry").fetchall()
        return [(row["what"], row["file_name"]) for row in rows]


def reasons_by_row(home, result):
    return {row["row_number"]: row["reason"] for row in loaders.quarantined_rows(result.load_id, home)}


def test_sound_rows_reach_the_lake_typed_and_numbered(home, offer):
    result = offer(text_of([charge(1), charge(2, amount="-3.1234", charged_on="06.10.2026")]))
    assert (result.outcome, result.rows_total, result.rows_quarantined) == ("accepted", 2, 0)
    rows = lake_rows(home, "charges", result.load_id)
    assert list(rows[0]) == ["load_id", "row_number", *CHARGES, "currency"]
    assert rows[1]["amount"] == Decimal("-3.1234")
    assert rows[1]["charged_on"] == date(2026, 10, 6)
    assert [row["row_number"] for row in rows] == [1, 2]
    assert result.partitions == (("charges", "2026-10"),)


def test_rows_keep_their_order_and_numbers_when_read_by_several_threads(home, offer):
    rows = [charge(number) for number in range(400_000)]
    result = offer(text_of(rows))
    for row in lake_rows(home, "charges", result.load_id)[::997]:
        assert row["charge_id"] == f"C{row['row_number'] - 1:06}"


def test_columns_are_bound_by_name_whatever_their_order_and_alias(home, offer):
    header = "сумма;Вид начисления;ID начисления;Абонент;услуга;  ДАТА   начисления"
    result = offer(f"{header}\n7,25;usage;C1;S1;P1;05.10.2026\n".encode("cp1251"))
    (row,) = lake_rows(home, "charges", result.load_id)
    assert (row["amount"], row["charge_kind"], row["charge_id"]) == (Decimal("7.25"), "usage", "C1")


def test_a_missing_column_refuses_the_file_and_names_what_would_be_accepted(home, offer):
    columns = [name for name in CHARGES if name != "amount"]
    result = offer(text_of([charge(1)], columns))
    assert (result.outcome, result.code) == ("refused", "missing_column")
    for text in (result.words.en, result.words.ru):
        assert "amount" in text and "сумма начисления" in text
    assert states(home) == {NAME: "refused"}
    assert not list(home.lake.rglob("*.parquet"))


def test_a_column_that_comes_twice_refuses_the_file(offer):
    assert offer(text_of([charge(1) | {"sum": "5"}], [*CHARGES, "sum"])).code == "repeated_column"


def test_unknown_columns_are_ignored_and_named(offer):
    result = offer(text_of([charge(1) | {"comment": "x"}], [*CHARGES, "comment"]))
    assert result.outcome == "accepted"
    assert "comment" in result.notes[0].en


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + text_of([charge(1)]).encode(),
        text_of([charge(1)]).replace("\n", "\r\n").encode(),
        text_of([charge(1)], delimiter="\t").encode(),
        text_of([charge(1, amount="10,50")], delimiter=";").encode(),
        text_of([charge(1, subscriber_id="Ж1", amount="10,50")], delimiter=";").encode("cp1251"),
        text_of([charge(1)]).strip().encode(),
    ],
    ids=["mark", "crlf", "tab", "semicolon", "cp1251", "no newline at the end"],
)
def test_declared_formats_are_read(home, offer, content):
    result = offer(content)
    (row,) = lake_rows(home, "charges", result.load_id)
    assert row["amount"] == Decimal("10.50")
    assert row["subscriber_id"] in ("S1", "Ж1")


def test_gzip_is_the_same_load_as_its_content(home, offer):
    first = offer(gzip.compress(text_of([charge(1)]).encode()), "charges_2026-10_ural.csv.gz")
    again = offer(text_of([charge(1)]))
    assert (first.outcome, again.outcome, again.load_id) == ("accepted", "offered again", first.load_id)


def test_a_damaged_archive_is_refused(offer):
    packed = gzip.compress(text_of([charge(number) for number in range(1000)]).encode())
    assert offer(packed[:-20], "charges_2026-10_ural.csv.gz").code == "broken_archive"


def test_bytes_of_no_declared_encoding_are_refused(offer):
    assert offer(text_of([charge(1, subscriber_id="X")]).encode().replace(b"X", b"\x98")).code == "wrong_encoding"


BROKEN = {
    "missing_value": charge(1, subscriber_id=""),
    "not_a_date": charge(2, charged_on="2026-10-32"),
    "not_a_number": charge(3, amount="ten"),
    "too_many_digits": charge(4, amount="1.23456"),
    "not_allowed_value": charge(5, charge_kind="gift"),
    "out_of_range": charge(6, charged_on="1890-01-01"),
    "other_period": charge(7, charged_on="2026-09-30"),
    "repeated_key": charge(0),
    "too_long": charge(8, product_id="P" * 65),
}


def test_each_broken_row_is_set_apart_with_its_reason(home, offer):
    rows = [charge(0), *BROKEN.values(), charge(9)]
    result = offer(text_of(rows))
    expected = dict(enumerate(BROKEN, start=2))
    assert reasons_by_row(home, result) == expected
    assert result.reasons == dict.fromkeys(sorted(BROKEN), 1)
    assert [row["charge_id"] for row in lake_rows(home, "charges", result.load_id)] == ["C000000", "C000009"]
    refused = {row["reason"]: row for row in loaders.quarantined_rows(result.load_id, home)}
    assert refused["not_a_number"]["detail"] == "amount = 'ten'"
    assert json.loads(refused["not_a_number"]["raw"])["amount"] == "ten"


@pytest.mark.parametrize("amount", ["1e3", "1_000", "1,5", "0x1F", "NaN", "Infinity", "1 000", "--1", "1.", "."])
def test_only_plain_decimals_are_numbers(home, offer, amount):
    row = charge(1, amount=f'"{amount}"')
    assert offer(text_of([charge(0), row])).reasons == {"not_a_number": 1}


@pytest.mark.parametrize("day", ["2026-10-05 10:00", "05/10/2026", "20261005", "5.10.26", "31.09.2026", "infinity"])
def test_only_declared_ways_to_write_a_date_are_dates(offer, day):
    assert offer(text_of([charge(0), charge(1, charged_on=day)])).reasons == {"not_a_date": 1}


def test_rows_with_a_wrong_number_of_fields_are_set_apart_by_their_number(home, offer):
    lines = text_of([charge(number) for number in range(5)]).splitlines()
    lines[2] += ",extra"
    lines[4] = "C9,S1"
    lines.insert(3, "")  # an empty line is no row
    result = offer("\n".join(lines) + "\n")
    assert reasons_by_row(home, result) == {2: "wrong_number_of_fields", 4: "wrong_number_of_fields"}
    assert [row["row_number"] for row in lake_rows(home, "charges", result.load_id)] == [1, 3, 5]
    assert (result.rows_total, result.rows_accepted, result.rows_quarantined) == (5, 3, 2)


def test_a_quoted_field_may_hold_the_delimiter_and_a_line_break(home, offer):
    result = offer(text_of([charge(1, subscriber_id='"S,1\nnext"'), charge(2)]))
    assert [row["subscriber_id"] for row in lake_rows(home, "charges", result.load_id)] == ["S,1\nnext", "S1"]


def test_a_file_cut_in_mid_row_is_refused(offer):
    text = text_of([charge(number) for number in range(3)])
    assert offer(text[:-20]).code == "truncated"


def test_a_file_cut_inside_quotes_is_refused(offer):
    text = text_of([charge(1), charge(2, subscriber_id='"S1')])
    assert offer(text).code == "truncated"


def control(home, rows, total, name=NAME):
    write(home.inbox, f"{name}.control.json", json.dumps({"rows": rows, "sums": {"amount": total}}))


def test_a_file_that_lacks_rows_is_refused_by_its_control_totals(home, offer):
    control(home, 3, "31.50")
    result = offer(text_of([charge(1), charge(2)]))
    assert (result.outcome, result.code) == ("refused", "control_totals_differ")
    assert "rows: 3 declared, 2 found" in result.words.en and "amount: заявлено 31.50, найдено 21" in result.words.ru


def test_control_totals_count_every_row_of_the_file(home, offer):
    control(home, 2, "21.00")
    assert offer(text_of([charge(1), charge(2, charge_kind="gift")])).outcome == "accepted"


def test_too_many_refused_rows_refuse_the_file(home, offer):
    rows = [charge(number, amount="x" if number < 60 else "1") for number in range(1000)]
    result = offer(text_of(rows))
    assert result.code == "too_many_refused_rows"
    assert "60" in result.words.en and "not_a_number" in result.words.en


def test_an_empty_file_and_a_bare_header_are_refused(offer):
    assert offer("").code == "empty_file"
    assert offer(text_of([])).code == "no_rows"
    assert offer("mark_id,subscriber_id,valid_from,valid_to,reason\n", "antifraud_marks_2026-10_ural.csv").changed


def test_the_same_bytes_change_nothing_under_any_name(home, offer):
    first = offer(text_of([charge(1)]))
    copy = offer(text_of([charge(1)]), "charges_2026-10_ural_copy.csv")
    assert (copy.outcome, copy.load_id) == ("offered again", first.load_id)
    assert NAME in copy.notes[0].en
    assert states(home) == {NAME: "live"}
    assert history(home) == [("accepted", NAME), ("offered again", "charges_2026-10_ural_copy.csv")]


def test_a_corrected_file_supersedes_and_its_predecessor_can_come_back(home, offer):
    first = offer(text_of([charge(1)]))
    second = offer(text_of([charge(1, amount="11")]), "charges_2026-10_ural_2.csv")
    assert second.supersedes == first.load_id
    assert states(home) == {NAME: "superseded", "charges_2026-10_ural_2.csv": "live"}
    with database.transaction(home) as connection:
        (live,) = loaders.live_partitions(connection, "charges", "2026-10")
    assert live["load_id"] == second.load_id and live["path"].exists()
    back = offer(text_of([charge(1)]))
    assert (back.outcome, back.supersedes) == ("reinstated", second.load_id)
    assert states(home) == {NAME: "live", "charges_2026-10_ural_2.csv": "superseded"}


def test_files_of_other_slots_stay_live(home, offer):
    offer(text_of([charge(1)]))
    offer(text_of([charge(2)]), "charges_2026-10_volga.csv")
    offer(text_of([charge(3, charged_on="2026-09-01")]), "charges_2026-09_ural.csv")
    assert set(states(home).values()) == {"live"}


def test_a_file_of_an_unknown_name_is_refused_without_a_trace(home, offer):
    assert offer("x", "notes.csv").code == "unknown_file_name"
    assert states(home) == {}


def test_a_refused_file_is_taken_when_its_control_totals_are_put_right(home, offer):
    control(home, 2, "10.50")
    assert offer(text_of([charge(1)])).outcome == "refused"
    control(home, 1, "10.50")
    assert offer(text_of([charge(1)])).outcome == "accepted"
    assert states(home) == {NAME: "live"}


def test_nothing_is_left_half_done_when_registering_fails(home, offer, monkeypatch):
    def fail(*_, **__):
        raise RuntimeError("power cut")

    with monkeypatch.context() as patch:
        patch.setattr("loaders.register._name_successor", fail)
        with pytest.raises(RuntimeError):
            offer(text_of([charge(1)]))
    assert states(home) == {}
    assert offer(text_of([charge(1)])).outcome == "accepted"
