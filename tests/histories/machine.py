"""Histories: whatever is done to the books, in whatever order, they stand where the model says, and every rule holds.

Each rule does one step to the books and to the model; one that the model says is refused must be refused, and change
nothing. Calculations are the product's own; only the building of tables that were built before is remembered.
"""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from contextlib import ExitStack
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

import loaders
import runs
import settlement
from cli.check import INVARIANTS
from prm import database
from prm.errors import PrmError, RefusedError
from prm.period import Period
from tests.histories.model import DEALERS, MONTHS, VARIANTS, Books
from tests.histories.prepared import file_of
from tests.safety.prepared import Prepared

months = st.sampled_from(MONTHS)
dealers = st.sampled_from(list(DEALERS))
CONTRACTS = {dealer: f"C{place}" for place, dealer in enumerate(DEALERS, 1)}


class Histories(RuleBasedStateMachine):
    """The product on a copy of the prepared books, beside the model."""

    prepared: Prepared
    done: Counter[str]

    def __init__(self) -> None:
        super().__init__()
        self._open = ExitStack()
        self.home = self._open.enter_context(self.prepared.copy(self.prepared.home.parent))
        self.asking = self._open.enter_context(database.connect(self.home))  # one that has every rule planned already
        self.asking.autocommit = True
        self.model = Books()
        self.loaded: set[tuple[str, int]] = set()
        self.done["histories"] += 1

    def teardown(self) -> None:
        self._open.close()

    # --- facts and versions

    @rule(month=months, variant=st.integers(0, 2))
    def load_or_correct(self, month, variant):
        path = self.home.inbox / file_of(self.home, month, variant).name
        shutil.copyfile(file_of(self.home, month, variant), path)
        live, known = self.model.live.get(month), (month, variant) in self.loaded
        expected = "offered again" if live == variant else "reinstated" if known else "accepted"
        result = loaders.load(path, settings=self.home)
        assert result.outcome == expected, result
        self.model.live[month] = variant
        self.loaded.add((month, variant))

    @precondition(lambda self: self.model.live)
    @rule(data=st.data())
    def calculate_or_run_again(self, data):
        month = data.draw(st.sampled_from(sorted(self.model.live)))
        runs.calculate(Period.parse(month), force=True, settings=self.home)
        self.model.calculate(month)

    @precondition(lambda self: self.may("approve"))
    @rule(data=st.data())
    def approve(self, data):
        month = self.one(data, "approve")
        runs.approve_period(Period.parse(month), "olga", settings=self.home)
        self.model.approve(month)

    @precondition(lambda self: self.may("withdraw"))
    @rule(data=st.data())
    def withdraw(self, data):
        month = self.one(data, "withdraw")
        runs.withdraw_approval(Period.parse(month), "olga", "a doubt", settings=self.home)
        self.model.withdraw(month)

    @precondition(lambda self: self.may("close"))
    @rule(data=st.data())
    def close(self, data):
        month = self.one(data, "close")
        runs.close_period(Period.parse(month), "olga", settings=self.home)
        self.model.close(month)

    @precondition(lambda self: self.may("roll_back"))
    @rule(data=st.data())
    def roll_back(self, data):
        month, dealer = self.one(data, "roll_back")
        settlement.roll_back(Period.parse(month), [dealer], reason="wrong", author="olga", settings=self.home)
        self.model.roll_back(month, dealer)

    # --- the ledger

    @precondition(lambda self: self.may("post"))
    @rule(data=st.data())
    def post(self, data):
        month = self.one(data, "post")
        settlement.post_rewards(Period.parse(month), author="olga", settings=self.home)
        self.model.post(month)

    @precondition(lambda self: self.may("reverse"))
    @rule(data=st.data())
    def reverse(self, data):
        month, dealer = self.one(data, "reverse")
        number = self.value(
            """select max(transfer_id) from ledger.transfers as t
               where (origin_period, counterparty_id) = (%s, %s) and cause in ('reward', 'adjustment', 'rollback')
                 and not exists (select from ledger.transfers as r where r.reverses = t.transfer_id)""",
            [month, dealer],
        )
        settlement.reverse(number, reason="too early", author="olga", settings=self.home)
        self.model.reverse(month, dealer)

    @precondition(lambda self: self.may("accept"))
    @rule(data=st.data())
    def accept(self, data):
        month, dealer = self.one(data, "accept")
        settlement.accept_statements(Period.parse(month), [dealer], author=dealer, settings=self.home)
        self.model.accept(month, dealer)

    @rule(data=st.data())
    def refused(self, data):
        """Whatever the model says is refused is refused, and the invariants see that nothing has changed."""
        tries = {
            "approve": lambda month: runs.approve_period(Period.parse(month), "olga", settings=self.home),
            "withdraw": lambda month: runs.withdraw_approval(Period.parse(month), "olga", "?", settings=self.home),
            "close": lambda month: runs.close_period(Period.parse(month), "olga", settings=self.home),
            "post": lambda month: settlement.post_rewards(Period.parse(month), author="olga", settings=self.home),
            "roll_back": lambda whose: settlement.roll_back(
                Period.parse(whose[0]), [whose[1]], reason="wrong", author="olga", settings=self.home
            ),
            "accept": lambda whose: settlement.accept_statements(
                Period.parse(whose[0]), [whose[1]], author="olga", settings=self.home
            ),
        }
        what = data.draw(st.sampled_from(sorted(tries)))
        if never := self.model.refused(what):
            with pytest.raises(PrmError):
                tries[what](data.draw(st.sampled_from(never)))

    @rule()
    def fall_due(self):
        settlement.fall_due(author="olga", settings=self.home)
        self.model.follow(DEALERS, newly=True)

    @rule(dealer=dealers)
    def hold(self, dealer):
        number = settlement.hold_counterparty(dealer, reason="audit", author="olga", settings=self.home)
        assert self.model.holds.get(dealer, number) == number
        self.model.holds[dealer] = number
        self.model.follow([dealer])

    @precondition(lambda self: self.model.holds)
    @rule(data=st.data())
    def release(self, data):
        dealer = data.draw(st.sampled_from(sorted(self.model.holds)))
        settlement.release(self.model.holds.pop(dealer), reason="fine", author="olga", settings=self.home)
        self.model.follow([dealer])

    # --- penalties and payouts

    @rule(dealer=dealers, amount=st.sampled_from(["10.00", "0.01", "250.55"]))
    def penalise(self, dealer, amount):
        charge = settlement.Charge(
            "penalty", dealer, date(2026, 10, 17), Decimal(amount), "RUB", "late report", contract_id=CONTRACTS[dealer]
        )
        number = settlement.charge_penalty(charge, author="olga", settings=self.home)
        self.model.penalise(number, dealer, Decimal(amount))

    @precondition(lambda self: any(not one.is_reversed for one in self.model.penalties))
    @rule(data=st.data())
    def forgive(self, data):
        penalty = data.draw(st.sampled_from([one for one in self.model.penalties if not one.is_reversed]))
        settlement.appeal_penalty(penalty.number, reason="it was on time", author=penalty.dealer, settings=self.home)
        settlement.reverse_penalty(penalty.number, reason="so it was", author="olga", settings=self.home)
        self.model.forgive(penalty)

    @rule()
    def prepare_payouts(self):
        expected = self.model.payouts()
        prepared = settlement.prepare_payouts("RUB", author="ivan", settings=self.home)
        assert (prepared.batch is None, prepared.amount) == (not expected, sum(expected.values(), Decimal(0)))
        if prepared.batch is not None:
            self.model.prepare(prepared.batch)

    @precondition(lambda self: any(one.state == "prepared" for one in self.model.batches))
    @rule(data=st.data())
    def approve_payouts(self, data):
        batch = self.batch(data, "prepared")
        with pytest.raises(RefusedError):
            settlement.approve_payouts(batch.number, author="ivan", settings=self.home)
        settlement.approve_payouts(batch.number, author="olga", settings=self.home)
        batch.state = "approved"

    @precondition(lambda self: any(one.state in ("prepared", "approved") for one in self.model.batches))
    @rule(data=st.data())
    def cancel_payouts(self, data):
        batch = self.batch(data, "prepared", "approved")
        settlement.cancel_payouts(batch.number, reason="wrong day", author="ivan", settings=self.home)
        batch.state = "cancelled"
        for payout in batch.payouts:
            self.model.give_back(payout)

    @precondition(lambda self: any(one.state == "approved" for one in self.model.batches))
    @rule(data=st.data())
    def export(self, data):
        batch = self.batch(data, "approved")
        for _ in range(2):
            settlement.export_payouts(
                batch.number, "pain001", self.home.home / "bank", author="ivan", settings=self.home
            )
        batch.state = "exported"

    @precondition(lambda self: any(one.state == "exported" for one in self.model.batches))
    @rule(data=st.data(), outcomes=st.lists(st.sampled_from(["paid", "rejected"]), min_size=2, max_size=2))
    def confirm(self, data, outcomes):
        batch = self.batch(data, "exported")
        numbers = self.rows(
            "select payout, counterparty_id from settlement.payouts where batch = %s order by payout", [batch.number]
        )
        statement = self.home.home / f"statement_{batch.number}.csv"
        with statement.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["payout", "outcome", "value_date"])
            for row, outcome in zip(numbers, outcomes, strict=False):
                writer.writerow([row["payout"], outcome, date.today()])
        for _ in range(2):  # the same file again changes nothing
            settlement.confirm_payouts(statement, author="ivan", settings=self.home)
        for row, outcome in zip(numbers, outcomes, strict=False):
            payout = next(one for one in batch.payouts if one.dealer == row["counterparty_id"])
            (self.model.confirm if outcome == "paid" else self.model.give_back)(payout)
        batch.state = "done"

    # --- after every step

    @invariant()
    def the_books_stand_where_the_model_says(self):
        rows = self.rows(
            """select account, counterparty_id, sum(balance) as balance from reporting.account_balances
               group by account, counterparty_id having sum(balance) <> 0"""
        )
        found = {(row["account"], row["counterparty_id"]): row["balance"] for row in rows}
        assert found == {(account, dealer): amount for account, dealer, amount in self.model.balances()}

    @invariant()
    def every_rule_holds(self):
        broken = {
            one.rule: rows
            for one in INVARIANTS
            if (rows := self.asking.execute(one.query, {"period": None}, prepare=True).fetchall())
        }
        assert not broken
        self.done["steps"] += 1

    # --- what the rules need

    def batch(self, data, *states):
        return data.draw(st.sampled_from([one for one in self.model.batches if one.state in states]))

    def may(self, what):
        """What the model says may be done: months, or months and dealers."""
        return self.model.allowed(what)

    def one(self, data, what):
        return data.draw(st.sampled_from(self.may(what)))

    def rows(self, query, parameters=None):
        with database.transaction(self.home) as connection:
            return connection.execute(query, parameters).fetchall()

    def value(self, query, parameters):
        [row] = self.rows(query, parameters)
        return next(iter(row.values()))


assert all(len(variants) == 3 for variants in VARIANTS.values())
