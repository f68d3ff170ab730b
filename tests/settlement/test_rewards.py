"""Rewards in the ledger: approved ones, by their difference, in an open period."""

import os
import signal
import subprocess
import sys
import threading

import pytest

import runs
import settlement
from prm import database
from prm.errors import NotFoundError, RefusedError
from prm.period import Period
from tests.books import EARNED, approve, as_owner, broken, close, owed, publish, transfers
from tests.operators import OCTOBER

NOVEMBER = Period.parse("2026-11")
ACTIVATION, CHURN, OTHERS = EARNED


@pytest.fixture
def approved(home):
    publish(home, EARNED)
    approve(home)
    return home


def post(settings, period=OCTOBER, counterparties=None):
    return settlement.post_rewards(period, counterparties, author="olga", settings=settings)


def roll_back(settings, *counterparties, **more):
    return settlement.roll_back(
        OCTOBER, list(counterparties) or None, reason="wrong", author="olga", settings=settings, **more
    )


def test_approved_rewards_are_accrued_once_and_negative_ones_the_other_way_round(approved):
    posted = post(approved)
    assert (posted.period, posted.transfers, str(posted.sums["RUB"])) == (OCTOBER, 3, "139.5000")
    assert transfers(approved) == [
        ("2026-10", "reward", "D00001", "activation", "reward_cost", "100.00"),
        ("2026-10", "reward", "D00001", "churn", "accrued", "30.50"),
        ("2026-10", "reward", "D00002", "activation", "reward_cost", "70.00"),
    ]
    assert owed(approved) == {"D00001": "69.50", "D00002": "70.00"} == owed(approved, "reward_cost")
    assert post(approved).transfers == 0
    assert broken(approved) == broken(approved, OCTOBER) == []


def test_each_transfer_names_its_version_and_its_approval(approved):
    post(approved)
    with database.transaction(approved) as connection:
        found = connection.execute(
            """select distinct t.run_id = c.run_id as of_the_version, what, t.author
               from ledger.transfers as t join runs.period_decisions using (decision)
               join runs.current_versions as c on c.period = origin_period and c.counterparty_id = t.counterparty_id"""
        ).fetchall()
    assert [tuple(row.values()) for row in found] == [(True, "approved", "olga")]


def test_only_what_was_approved_is_posted(home):
    with pytest.raises(settlement.NotApprovedError, match="2026-10 have not been approved"):
        post(home)
    publish(home, EARNED)
    with pytest.raises(settlement.NotApprovedError, match="have not been approved"):
        post(home)
    approve(home)
    publish(home, {ACTIVATION: "101.00"})
    with pytest.raises(settlement.NotApprovedError, match="have changed since olga approved it"):
        post(home)
    with pytest.raises(settlement.NotApprovedError, match="have changed"):
        post(home, counterparties=["D00002"])  # an approval is of the period as a whole
    approve(home)
    approve(home, what="withdrawn")
    with pytest.raises(settlement.NotApprovedError, match="was withdrawn by olga"):
        post(home)
    assert transfers(home) == []


def test_some_counterparties_may_be_posted_before_the_others(approved):
    assert post(approved, counterparties=["D00002"]).transfers == 1
    assert post(approved).transfers == 2
    with pytest.raises(RefusedError, match="D09999 has no version of 2026-10"):
        post(approved, counterparties=["D00001", "D09999"])
    with pytest.raises(RefusedError, match="empty list"):
        post(approved, counterparties=[])


def test_calculated_again_only_the_difference_is_posted(approved):
    post(approved)
    publish(approved, {ACTIVATION: "90.00", ("D00001", "C1", "bonus"): "5.00"})  # and churn is gone
    approve(approved)
    assert post(approved).transfers == 3
    assert transfers(approved)[3:] == [
        ("2026-10", "reward", "D00001", "activation", "accrued", "10.00"),
        ("2026-10", "reward", "D00001", "bonus", "reward_cost", "5.00"),
        ("2026-10", "reward", "D00001", "churn", "reward_cost", "30.50"),
    ]
    assert owed(approved) == {"D00001": "95.00", "D00002": "70.00"}
    assert broken(approved) == []


def test_currencies_are_kept_apart(home):
    publish(home, {ACTIVATION: "10.00"})
    publish(home, {OTHERS: "7.00"}, currency="USD")
    approve(home)
    assert {currency: str(amount) for currency, amount in post(home).sums.items()} == {
        "RUB": "10.0000",
        "USD": "7.0000",
    }


class TestClosedPeriods:
    def test_a_difference_is_carried_into_the_earliest_open_period(self, approved):
        post(approved)
        close(approved)
        close(approved, NOVEMBER)
        publish(approved, {ACTIVATION: "130.00", CHURN: EARNED[CHURN]})
        with pytest.raises(settlement.NotApprovedError, match="have changed since"):
            post(approved)  # what is carried over needs an approval of its own
        approve(approved)
        posted = post(approved)
        assert (str(posted.period), posted.transfers) == ("2026-12", 1)
        assert transfers(approved, "period, origin_period, cause, component, amount")[3:] == [
            ("2026-12", "2026-10", "adjustment", "activation", "30.00")
        ]
        assert post(approved).transfers == 0
        assert broken(approved) == []

    def test_what_was_not_posted_before_the_closing_is_carried_over_too(self, approved):
        close(approved)
        assert str(post(approved).period) == "2026-11"
        assert {row[:2] for row in transfers(approved, "period, cause")} == {("2026-11", "adjustment")}


class TestRollingBack:
    def test_what_was_posted_is_taken_back_without_an_approval(self, approved):
        post(approved)
        rolled = roll_back(approved, "D00001")
        assert rolled.posted[0].transfers == 2 and rolled.moves[0].to_run is None
        assert transfers(approved)[3:] == [
            ("2026-10", "rollback", "D00001", "activation", "accrued", "100.00"),
            ("2026-10", "rollback", "D00001", "churn", "reward_cost", "30.50"),
        ]
        assert owed(approved) == {"D00001": "0.00", "D00002": "70.00"}
        with database.transaction(approved) as connection:
            row = connection.execute(
                """select version_moves.what, transfers.reason from ledger.transfers
                   join runs.version_moves using (move) where transfer_id = 4"""
            ).fetchone()
        assert tuple(row.values()) == ("rolled back", "wrong")
        assert broken(approved) == []

    def test_the_ledger_goes_back_to_a_version_that_has_stood_in_it(self, approved):
        post(approved)
        publish(approved, {ACTIVATION: "120.00", CHURN: EARNED[CHURN]})
        approve(approved)
        post(approved)
        assert roll_back(approved, "D00001").posted[0].transfers == 1
        assert owed(approved)["D00001"] == "69.50"
        roll_back(approved, "D00001")
        assert owed(approved)["D00001"] == "0.00"
        assert broken(approved) == []

    def test_a_version_that_was_never_approved_does_not_come_in_by_a_rollback(self, home):
        publish(home, {ACTIVATION: "55.00"})
        publish(home, {ACTIVATION: "60.00"})
        approve(home)
        post(home)
        roll_back(home, "D00001")
        assert owed(home) == {"D00001": "0.00"}
        approve(home)
        post(home)
        assert owed(home) == {"D00001": "55.00"}
        assert broken(home) == []

    def test_rolling_back_what_was_never_posted_leaves_the_ledger(self, approved):
        post(approved)
        publish(approved, {ACTIVATION: "999.00"})
        assert roll_back(approved, "D00001").posted[0].transfers == 0
        assert owed(approved)["D00001"] == "69.50"
        assert roll_back(approved).posted[0].transfers == 3  # everybody, now from what was posted
        assert set(owed(approved).values()) == {"0.00"}
        assert broken(approved) == []

    def test_asked_twice_with_one_key_it_takes_back_once(self, approved):
        post(approved)
        first = roll_back(approved, "D00001", request_key="k")
        again = roll_back(approved, "D00001", request_key="k")
        assert first.posted[0].transfers == 2 and again.posted == [] and again.moves == first.moves

    def test_pointer_and_ledger_move_together_or_not_at_all(self, approved, monkeypatch):
        post(approved)
        monkeypatch.setattr("settlement.rolling_back.take_back", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            roll_back(approved, "D00001")
        assert runs.current_versions(OCTOBER, settings=approved)["D00001"]
        assert len(transfers(approved)) == 3

    def test_a_chain_takes_back_what_was_posted_of_every_month_that_it_moves(self, home):
        september = Period.parse("2026-09")
        for period in (september, september, OCTOBER):  # twice in September: there is a version to go back to
            publish(home, {ACTIVATION: "55.00", OTHERS: "7.00"}, period)
        with database.transaction(home) as connection:
            connection.execute(
                """insert into runs.dependencies
                   select october.run_id, 'D00001', '2026-09', 'D00001', september.run_id, 'clawback'
                   from runs.current_versions as october
                   join runs.current_versions as september on september.period = '2026-09'
                       and september.counterparty_id = 'D00001'
                   where october.period = '2026-10' and october.counterparty_id = 'D00001'"""
            )
        for period in (september, OCTOBER):
            approve(home, period)
            post(home, period)
        refused = {"reason": "wrong", "author": "olga", "settings": home}
        with pytest.raises(runs.DependedOnError):
            settlement.roll_back(september, ["D00001"], **refused)
        with pytest.raises(NotFoundError):  # October can't be calculated here, without a registry; the moves stay made
            settlement.roll_back(september, ["D00001"], chain=True, **refused)
        assert owed(home) == {"D00001": "0.00", "D00002": "14.00"}
        assert broken(home) == []

    def test_a_rollback_of_results_alone_is_reported(self, approved):
        post(approved)
        runs.roll_back(OCTOBER, ["D00001"], reason="behind the ledger's back", settings=approved)
        assert broken(approved) == ["What was posted of a version that is rolled back has been taken back."]


def test_a_reward_that_was_reversed_by_hand_comes_back_when_its_period_is_posted(approved):
    post(approved)
    settlement.reverse(1, reason="too early", author="olga", settings=approved)
    assert owed(approved)["D00001"] == "-30.50" and broken(approved) == []
    assert post(approved).transfers == 1
    assert owed(approved)["D00001"] == "69.50" and broken(approved) == []


def test_two_posters_at_once_post_once(approved):
    results = []
    threads = [threading.Thread(target=lambda: results.append(post(approved).transfers)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(results) == [0, 0, 0, 3]
    assert owed(approved) == {"D00001": "69.50", "D00002": "70.00"}


@pytest.mark.parametrize("when", ["before the transfers", "after the transfers and before the commit"])
def test_a_poster_that_is_killed_has_posted_nothing_and_the_next_one_posts_all(approved, when):
    script = f"""
import os, signal
import settlement.rewards as rewards
from prm.period import Period
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
setattr(rewards, "_bring" if {when!r}.startswith("before") else "_summed", die)
rewards.post_rewards(Period.parse("2026-10"), author="olga")
"""
    environment = os.environ | {"PRM_HOME": str(approved.home), "PRM_DATABASE_URL": approved.database_url}
    killed = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert transfers(approved) == []
    assert post(approved).transfers == 3
    assert broken(approved) == []


@pytest.mark.parametrize(
    ("spoil", "rule"),
    [
        ("delete from results.versions where counterparty_id = 'D00002'", "was published"),
        ("delete from runs.current_versions where counterparty_id = 'D00002'", "newest move says"),
        ("update results.rewards set amount = amount + 0.01 where counterparty_id = 'D00002'", "sum of its rewards"),
        ("update results.reward_lines set amount = amount + 0.01 where counterparty_id = 'D00002'", "lines of a current"),
        ("update results.rewards set amount = amount + 0.01 where counterparty_id = 'D00002'", "exactly the reward"),
        ("delete from runs.version_moves; update runs.period_decisions set what = 'withdrawn'", "names an approval"),
        (
            "alter table runs.period_decisions disable trigger user;"
            "insert into runs.period_decisions (period, what, author, content_hash, decided_at)"
            " values ('2026-10', 'closed', 'o', '', now() - interval '1 day')", "after it was closed",
        ),
    ],
)  # fmt: skip
def test_every_rule_is_broken_by_what_it_forbids(approved, spoil, rule):
    post(approved)
    assert broken(approved) == []
    with as_owner(approved) as connection:
        connection.execute(spoil)
    assert any(rule in one for one in broken(approved))
    assert any(rule in one for one in broken(approved, OCTOBER))
    assert not any(rule in one for one in broken(approved, NOVEMBER))
