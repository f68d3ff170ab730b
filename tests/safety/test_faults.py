"""Faults from outside: each fails in words, leaves nothing partial, and the work goes on after it."""

import os
from collections import Counter
from datetime import date
from hashlib import sha1

import pytest

import loaders
import runs
import settlement
from prm import clock, database, lake, troubles
from prm.settings import Settings
from tests import built
from tests.books import broken
from tests.operators import BRANCH
from tests.safety import faults
from tests.safety.children import Child
from tests.safety.contents import contents, differences, left_over, torn
from tests.safety.operations import OPERATIONS
from tests.safety.prepared import OCTOBER, SEPTEMBER
from tests.safety.proxy import cut_after_commit

NEW = f"charges_2026-10_{BRANCH}.csv"


@pytest.fixture
def books(prepared, tmp_path):
    with prepared.copy(tmp_path) as settings, built.remembered(prepared.built):
        yield settings


def loads(settings):
    with database.transaction(settings) as connection:
        return [tuple(row.values()) for row in connection.execute("select load_id, state from loads.loads order by 1")]


def nothing_came_of_it(settings, before):
    assert loads(settings) == before
    assert torn(settings) == broken(settings) == left_over(settings) == []
    assert not [path for path in settings.lake.iterdir() if path.name.startswith(".")]


class TestADiskThatIsFull:
    def test_a_load_that_finds_no_space_says_so_and_is_loaded_when_there_is(self, books):
        before = loads(books)
        code, said = faults.command(books, "load", f"{books.home}/next/{NEW}", largest_file=700)
        assert code == 1 and "There is no space left for" in said and "Make room" in said, said
        assert "Traceback" not in said
        nothing_came_of_it(books, before)
        assert loaders.load(books.home / "next" / NEW, settings=books).outcome == "accepted"

    def test_a_calculation_that_finds_no_space_says_so_and_the_former_version_stays(self, books):
        before = runs.current_versions(OCTOBER, settings=books)
        code, said = faults.command(books, "calculate", "2026-10", "-c", "D2", largest_file=900)
        assert code == 1 and "no space left" in said and "Traceback" not in said, said
        assert runs.current_versions(OCTOBER, settings=books) == before
        assert runs.list_runs(OCTOBER, settings=books)[0]["state"] == "failed"
        assert runs.calculate(OCTOBER, ["D2"], settings=books).state == "published"
        assert torn(books) == broken(books) == []

    def test_a_workbook_that_could_not_be_unpacked_is_not_refused_for_it(self, books):
        import openpyxl

        workbook = openpyxl.Workbook()
        for row in [
            ["product_id", "name", "product_group"],
            *([f"V{n}", "Тариф " + "x" * 50, "voice"] for n in range(99)),
        ]:
            workbook.active.append(row)
        path = books.home / "next" / "products_2.xlsx"
        workbook.save(path)
        before = loads(books)
        code, said = faults.command(books, "load", str(path), largest_file=1500)
        assert code == 1 and "There is no space left" in said, said
        nothing_came_of_it(books, before)
        assert loaders.load(path, settings=books).outcome == "accepted"

    @pytest.mark.skipif(not faults.has_mounts_of_its_own(), reason="no mounts of its own here")
    def test_a_small_disk_that_fills_up_is_told_in_the_same_words(self, books):
        before = loads(books)
        fact = books.home / "next" / NEW
        rows = fact.read_text(encoding="utf-8").splitlines()
        many = "\n".join(f"{sha1(b'%d' % number).hexdigest()}{rows[1][7:]}" for number in range(30_000))
        fact.unlink()
        fact.write_text(f"{rows[0]}\n{many}\n", encoding="utf-8")
        disk = faults.on_a_full_disk(books.lake, 200)
        code, said = faults.command(books, "load", str(fact), before=disk)
        assert code == 1 and "There is no space left" in said and "Traceback" not in said, said
        nothing_came_of_it(books, before)


def test_a_folder_that_can_not_be_written_is_named_and_nothing_counts(books):
    before = loads(books)
    fact = str(books.home / "next" / NEW)
    if os.geteuid():
        with faults.without_the_right_to_write(books.lake):
            code, said = faults.command(books, "load", fact)
    elif faults.has_mounts_of_its_own():
        code, said = faults.command(books, "load", fact, before=faults.read_only(books.lake))
    else:
        pytest.skip("permissions don't bind this user, and it may have no mounts of its own")
    assert code == 1 and "can't be written" in said and str(books.lake) in said and "Traceback" not in said, said
    nothing_came_of_it(books, before)
    assert loaders.load(books.home / "next" / NEW, settings=books).outcome == "accepted"


BEFORE_THE_COMMIT = [
    ("load", b"loads.history"), ("publish", b"runs.current_versions (period"), ("roll back", b"runs.version_moves"),
    ("chain", b"runs.chains"), ("post", b"ledger.post"), ("pay", b"insert into settlement.payout_batches"),
    ("pay", b"insert into settlement.payout_exports"), ("pay", b"insert into settlement.payout_outcomes"),
]  # fmt: skip
"""An operation, and what it says to the database in the transaction whose answer is lost."""


def in_words(settings, name):
    """What somebody is told of an operation that lost its database."""
    operation = next(one for one in OPERATIONS if one.name == name)
    try:
        operation.work(settings)
    except Exception as error:
        return str(troubles.in_words(error) or repr(error))
    return "it went through"


@pytest.mark.parametrize(("name", "said_before"), BEFORE_THE_COMMIT)
def test_an_answer_that_is_lost_after_the_commit_costs_a_repetition_and_nothing_else(
    prepared, tmp_path, name, said_before
):
    operation = next(one for one in OPERATIONS if one.name == name)

    def again(settings):
        child = Child(operation.work, settings, kept=prepared.built)
        assert child.wait() == 0, child.answer

    with prepared.copy(tmp_path) as settings:
        again(settings)
        expected = contents(settings)
    with prepared.copy(tmp_path) as settings:
        with cut_after_commit(settings.database_url, said_before) as proxy:
            through = Settings(home=settings.home, database_url=proxy.url, threads=2)
            child = Child(in_words, through, name, kept=prepared.built)
            child.wait()
        assert proxy.cuts == 1
        said = child.answer
        assert said.startswith("The database did not answer:") and "run the same command again" in said, said
        again(settings)
        assert differences(expected, contents(settings)) == torn(settings) == broken(settings) == []


class TestAChangedByte:
    def test_a_file_of_the_lake_is_found_before_anything_is_calculated_from_it(self, books):
        before = runs.current_versions(OCTOBER, settings=books)
        [path] = (books.lake / "charges" / "period=2026-10").iterdir()
        former = faults.change_a_byte(path)
        with pytest.raises(
            lake.DamagedError, match=rf"{path} is not what was written: a byte of it has changed.*backup"
        ):
            runs.calculate(OCTOBER, ["D2"], settings=books)
        code, said = faults.command(books, "calculate", "2026-10", "-c", "D2")
        assert code == 1 and f"{path} is not what was written" in said and "Traceback" not in said
        path.unlink()
        with pytest.raises(lake.DamagedError, match=f"{path} is gone"):
            runs.calculate(OCTOBER, ["D2"], settings=books)
        assert runs.current_versions(OCTOBER, settings=books) == before
        faults.put_back(path, former)
        assert runs.calculate(OCTOBER, ["D2"], settings=books).state == "published"
        assert torn(books) == broken(books) == []

    def test_a_runs_table_is_found_when_it_is_verified_and_before_something_is_taken_back_by_it(self, books):
        run_id = runs.current_versions(SEPTEMBER, settings=books)["D1"]["run_id"]
        assert runs.verify(run_id, settings=books).differences == []
        path = books.runs / str(run_id) / "tables" / "int_event_lines.parquet"
        former = faults.change_a_byte(path)
        with pytest.raises(lake.DamagedError, match=f"{path} is not what was written.*run {run_id}"):
            runs.verify(run_id, settings=books)
        with pytest.raises(lake.DamagedError, match=f"{path} is not what was written"):
            runs.calculate(OCTOBER, ["D2"], settings=books)
        faults.put_back(path, former)
        assert runs.verify(run_id, settings=books).differences == []
        assert runs.calculate(OCTOBER, ["D2"], settings=books).state == "published"


def test_a_clock_that_jumps_a_day_ahead_and_back_turns_nothing_around(prepared, tmp_path, monkeypatch):
    def month(settings, move):
        steps = [
            lambda: settlement.post_rewards(OCTOBER, author="olga", settings=settings),
            lambda: settlement.reverse(1, reason="too early", author="olga", settings=settings),
            lambda: runs.close_period(SEPTEMBER, "olga", settings=settings),
            lambda: runs.close_period(OCTOBER, "olga", settings=settings),
            lambda: runs.calculate(OCTOBER, ["D2"], settings=settings),
            lambda: runs.approve_period(OCTOBER, "olga", settings=settings),
            lambda: settlement.post_rewards(OCTOBER, author="olga", settings=settings),
            lambda: settlement.roll_back(OCTOBER, ["D2"], reason="x", author="olga", settings=settings),
        ]  # fmt: skip
        for number, step in enumerate(steps):
            move(number)
            step()
            assert broken(settings) == [], f"after step {number}"
        with database.transaction(settings) as connection:
            shown = connection.execute(
                """select period, counterparty_id, count(*) filter (where shown_from is not null) as shown
                   from runs.version_times group by 1, 2 order by 1, 2"""
            ).fetchall()
        return contents(settings), [tuple(row.values()) for row in shown]

    monkeypatch.setattr(clock, "today", lambda: date(2026, 11, 5))
    with built.remembered(prepared.built):
        with prepared.copy(tmp_path) as settings:
            expected, shown = month(settings, lambda number: None)
        with prepared.copy(tmp_path) as settings:
            found, also = month(
                settings, lambda number: faults.move_the_clock(settings, (1, -1, 0, -2, 1, -1)[number % 6])
            )
    assert differences(expected, found) == [] and also == shown
    assert isinstance(found["ledger.transfers"], Counter) and found["ledger.transfers"]
