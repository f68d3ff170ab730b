from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

import loaders
import reports
import runs
import settlement
from prm.errors import PrmError, RefusedError
from prm.period import Period
from prm.words import Words
from runs import RunResult
from scheduling import tasks
from scheduling.assets import FACT_DATA_SETS
from scheduling.keys import Partition


def context(partition_key=None, cleared=0, **params):
    run = SimpleNamespace(
        dag_id="calculate_rewards",
        run_id="manual__1",
        clear_number=cleared,
        partition_key=partition_key,
        run_type="manual",
    )
    return {"dag_run": run, "params": params, "ti": SimpleNamespace(map_index=-1)}


def test_a_partition_key_says_what_to_calculate():
    assert tasks.partition_of(context("2026-10|D1", period="2026-09")) == Partition(Period(2026, 10), ("D1",))


def test_without_a_key_the_form_says_it():
    asked = tasks.partition_of(context(period="2026-09", counterparties=[" D2 ", "D1", "D1", ""]))
    assert asked == Partition(Period(2026, 9), ("D1", "D2"))
    assert tasks.partition_of(context(period="2026-09", counterparty="D7")).counterparties == ("D7",)


def test_a_run_about_nothing_is_refused_in_words_of_the_form():
    with pytest.raises(PrmError, match="Fill in 'period' in the form"):
        tasks.partition_of(context())


def test_the_same_start_twice_asks_with_one_key_and_a_cleared_run_with_another():
    assert tasks.request_key(context()) == tasks.request_key(context())
    assert tasks.request_key(context()) != tasks.request_key(context(cleared=1))


def test_a_refusal_is_final_and_a_held_lock_is_tried_again():
    with pytest.raises(AirflowFailException, match="no such thing"), tasks.refusals_are_final():
        raise RefusedError("no such thing")
    with pytest.raises(runs.LockedError), tasks.refusals_are_final():
        raise runs.LockedError("another run has it")
    with pytest.raises(reports.NotMadeError), tasks.refusals_are_final(reports.NotMadeError):
        raise reports.NotMadeError([], [])


def test_rolling_back_moves_once_however_often_the_task_is_started(monkeypatch):
    asked = []
    monkeypatch.setattr(
        settlement, "roll_back", lambda *scope, **words: asked.append((scope, words)) or settlement.RolledBack()
    )
    for _ in range(2):
        keys = tasks.roll_back(context(period="2026-10", counterparty="D1", reason="wrong price list"))
    assert keys == ["2026-10|D1"]
    assert asked[0] == asked[1]
    assert asked[0][1]["request_key"] and asked[0][1]["author"] == "airflow calculate_rewards"


def test_rewards_are_posted_in_the_name_of_who_triggered_the_run(monkeypatch):
    asked = []
    posted = settlement.Posted(Period(2026, 10), 3)
    monkeypatch.setattr(settlement, "post_rewards", lambda *scope, **words: asked.append((scope, words)) or posted)
    triggered = context(period="2026-10", counterparties=["D1"])
    triggered["dag_run"].triggering_user_name = "olga"
    assert tasks.post_rewards(triggered) == ["2026-10"]
    assert asked == [((Period(2026, 10), ["D1"]), {"author": "olga"})]
    assert tasks.post_rewards(context(period="2026-08")) == ["2026-08", "2026-10"]  # of August, booked in October
    assert asked[1] == ((Period(2026, 8), None), {"author": "airflow calculate_rewards"})


def test_what_has_fallen_due_is_made_payable_by_today(monkeypatch):
    asked = []
    found = settlement.FellDue(2)
    monkeypatch.setattr(settlement, "fall_due", lambda *scope, **words: asked.append((scope, words)) or found)
    assert tasks.fall_due(context(counterparties=["D2 ", "D1"])) == tasks.fall_due(context()) == 2
    assert asked == [((None, who), {"author": "airflow calculate_rewards"}) for who in (["D1", "D2"], None)]


def test_only_what_is_stale_is_calculated_and_announced(monkeypatch):
    asked = []

    def calculate_stale(period, **words):
        asked.append((period, words["include_closed"]))
        return [RunResult(1, period, ["D1", "D2"], "published", 0, Decimal(0))] if len(asked) == 1 else []

    monkeypatch.setattr(runs, "calculate_stale", calculate_stale)
    given = context(period="2026-08", only_stale=True)
    assert tasks.calculate(given) == ["2026-08|D1", "2026-08|D2"]
    with pytest.raises(AirflowSkipException):
        tasks.calculate(given)
    assert asked == [(Period(2026, 8), True)] * 2
    with pytest.raises(AirflowSkipException, match="months that are not closed"):
        tasks.calculate(context(only_stale=True))
    assert asked[2:] == [(None, False)]
    with pytest.raises(AirflowFailException, match="Leave 'counterparties' empty"):
        tasks.calculate(context(period="2026-08", counterparties=["D1"], only_stale=True))
    with pytest.raises(AirflowFailException, match="Leave 'counterparties' empty"):
        tasks.calculate(context(counterparties=["D1"], only_stale=True))


def test_a_chain_announces_every_month_that_it_moved(monkeypatch):
    august, september = Period(2026, 8), Period(2026, 9)
    moves = [runs.Move(september, "D1", 5, 2), runs.Move(august, "D1", 4, 1)]
    monkeypatch.setattr(settlement, "roll_back", lambda *scope, chain, **words: chain and settlement.RolledBack(moves))
    keys = tasks.roll_back(context(period="2026-08", counterparty="D1", reason="wrong price list", chain=True))
    assert keys == ["2026-08|D1", "2026-09|D1"]


def test_those_calculated_together_are_announced_together(monkeypatch):
    together = RunResult(1, Period(2026, 10), ["D1", "D2"], "published", 0, Decimal(0))
    monkeypatch.setattr(runs, "calculate", lambda *scope, **words: together)
    assert tasks.calculate(context(period="2026-10", counterparties=["D1"])) == ["2026-10|D1", "2026-10|D2"]


def test_the_documents_of_many_counterparties_follow_in_one_run_for_the_period(monkeypatch):
    def calculated(period, counterparties, **words):
        return RunResult(1, period, counterparties, "published", 0, Decimal(0))

    monkeypatch.setattr(runs, "calculate", calculated)
    few, many = ([f"D{number}" for number in range(count)] for count in (2, tasks.MANY + 1))
    assert tasks.calculate(context(period="2026-10", counterparties=few)) == ["2026-10|D0", "2026-10|D1"]
    assert tasks.calculate(context(period="2026-10", counterparties=many)) == ["2026-10"]


def test_data_docs_are_left_alone_where_nothing_changed():
    with pytest.raises(AirflowSkipException):
        tasks.build_data_docs({"changed": {}})


def test_files_outside_the_inbox_are_not_loaded(home):
    with pytest.raises(AirflowFailException, match="not the name of a file in the inbox"):
        tasks.load(context(files=["../secrets.csv"]))


def test_penalties_are_posted_of_the_runs_month_and_what_was_left_alone_is_in_the_log(monkeypatch, capsys):
    asked = []

    def post(period, author):
        asked.append((period, author))
        left = settlement.LeftAlone("A1", "2026-10", Words("decided by a person", ""), "penalties_2026-10_ural.csv", 3)
        return settlement.PostedPenalties([4, 5], [2], 7, (left,))

    monkeypatch.setattr(settlement, "post_penalties", post)
    assert tasks.post_penalties(context(period="2026-10")) == ["2026-10"]
    assert asked == [(Period(2026, 10), "airflow calculate_rewards")]
    said = capsys.readouterr().out
    assert "2026-10: 2 charged, 1 withdrawn, 7 unchanged" in said
    assert "left alone: A1 (penalties_2026-10_ural.csv, row 3): decided by a person" in said


def test_documents_of_a_month_without_results_are_no_failure_unless_a_person_asked_for_them(home):
    with pytest.raises(AirflowSkipException, match="Nothing of 2026-10 is published"):
        tasks.publish_documents(context("2026-10"))
    with pytest.raises(AirflowFailException, match="Nothing of 2026-10 is published"):
        tasks.publish_documents(context(period="2026-10"))


def test_there_is_an_asset_for_every_data_set_of_facts():
    facts = {name for name, contract in loaders.contracts().items() if contract.mode == "append"}
    assert set(FACT_DATA_SETS) == facts and facts > runs.DATA_SETS


class TestDuePeriods:
    @pytest.fixture
    def books(self, home, monkeypatch):
        """Live loads by period and age, runs by period and age, periods that lack a file."""
        state = SimpleNamespace(loads={}, runs={}, lacking=set(), home=home)
        now = datetime.now(UTC)
        monkeypatch.setattr(loaders, "list_loads", lambda connection, state_=None, **_: [
            {"slot": f"charges/{period}/ural", "loaded_at": now - age} for period, age in state.loads.items()
        ] + [{"slot": "contracts", "loaded_at": now}])  # fmt: skip
        monkeypatch.setattr(loaders, "missing_files", lambda connection, period: period in state.lacking)
        monkeypatch.setattr(runs, "list_runs", lambda period, settings: [
            {"counterparties": None, "started_at": now - age} for age in state.runs.get(str(period), [])
        ])  # fmt: skip
        return state

    def test_a_changed_period_is_not_due_for_files_that_no_calculation_reads(self, books):
        books.loads = {"2026-09": timedelta(0)}
        assert tasks.due_periods({"penalties": ["2026-09"]}, books.home) == []
        assert tasks.due_periods({"penalties": ["2026-09"], "plans": ["2026-09"]}, books.home) == ["2026-09"]

    def test_a_changed_period_with_all_its_files_is_due(self, books):
        books.loads = {"2026-09": timedelta(0), "2026-10": timedelta(0)}
        books.lacking = {"2026-10"}
        assert tasks.due_periods({"charges": ["2026-09", "2026-10"]}, books.home) == ["2026-09"]

    def test_what_another_load_has_just_announced_is_not_announced_again(self, books):
        books.loads = {"2026-09": timedelta(minutes=10)}
        assert tasks.due_periods({}, books.home) == []

    def test_a_period_that_was_loaded_but_never_announced_is_not_forgotten(self, books):
        books.loads = {"2026-09": timedelta(hours=3), "2026-10": timedelta(hours=3)}
        books.runs = {"2026-10": [timedelta(hours=2)], "2026-09": [timedelta(hours=4)]}
        assert tasks.due_periods({}, books.home) == ["2026-09"]
