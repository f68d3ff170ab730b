"""Statements: a counterparty's word on a month. Accepted, disputed line by line, or deemed accepted after the term.

Nothing waits for a dispute but what is disputed: its line is held until it is answered. A dispute of the balance as a
whole keeps the month from being deemed accepted.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

from prm import database, logs
from prm.database import Connection, Row
from prm.errors import NotFoundError, PrmError, RefusedError
from prm.period import Period
from prm.settings import Settings
from settlement import holds

Answer = Literal["granted", "refused", "withdrawn"]


def accept_statements(
    period: Period,
    counterparties: Sequence[str] | None = None,
    *,
    author: str,
    reason: str | None = None,
    settings: Settings | None = None,
) -> list[str]:
    """Records that counterparties (None: all) accept their statements of a month; returns those that had not before.

    author: who says so, or who records it; reason: by which letter. Raises RefusedError for somebody of whom nothing is
    posted in the month.
    """
    with database.transaction(settings) as connection:
        _posted(connection, period, counterparties)
        with database.joined_by_hashes(connection):
            rows = connection.execute(
                # Never before what is accepted was posted, also where the clock was set back since.
                """insert into settlement.statement_decisions
                       (period, counterparty_id, what, run_id, reason, author, decided_at)
                   select period, counterparty_id, 'accepted', run_id, %(reason)s, %(author)s,
                          greatest(clock_timestamp(), (select max(recorded_at) from ledger.transfers))
                   from reporting.statements
                   where period = %(period)s and accepted_on is null
                     and (%(scope)s::text[] is null or counterparty_id = any(%(scope)s))
                   returning counterparty_id""",
                {
                    "reason": reason,
                    "author": author,
                    "period": str(period),
                    "scope": None if counterparties is None else sorted(set(counterparties)),
                },
            ).fetchall()
    accepted = sorted(row["counterparty_id"] for row in rows)
    logs.event("statements accepted", period=period, counterparties=len(accepted))
    return accepted


def recall_acceptance(
    period: Period, counterparty_id: str, *, reason: str, author: str, settings: Settings | None = None
) -> None:
    """Takes an acceptance back that was recorded by mistake.

    Raises RefusedError where there is none, or where something has fallen due since; PrmError without a reason.
    """
    if not reason.strip():
        raise PrmError("A recall needs a reason.", hint="Say in a few words why.")
    with database.transaction(settings) as connection:
        row = connection.execute(
            """select decided_at, what, exists (
                   select from ledger.transfers where transfers.counterparty_id = decisions.counterparty_id
                     and cause = 'due' and recorded_at > decided_at) as is_due
               from settlement.statement_decisions as decisions
               where (period, counterparty_id) = (%s, %s) order by decision desc limit 1""",
            [str(period), counterparty_id],
        ).fetchone()
        if row is None or row["what"] == "recalled":
            raise RefusedError(f"{counterparty_id} has not accepted its statement of {period}.")
        if row["is_due"]:
            raise RefusedError(
                f"The acceptance of {row['decided_at']:%Y-%m-%d} has made money payable already.",
                hint=f"Hold it instead: prm hold place --counterparty {counterparty_id} --period {period}.",
            )
        connection.execute(
            """insert into settlement.statement_decisions (period, counterparty_id, what, reason, author)
               values (%s, %s, 'recalled', %s, %s)""",
            [str(period), counterparty_id, reason, author],
        )


def dispute_line(
    address: str, claim: str, *, claimed: Decimal | None = None, author: str, settings: Settings | None = None
) -> int:
    """A counterparty objects to a line (`2026-10/D00042/3f2a91c07be4`); what it earned is held until the answer.

    claimed: what it should have earned in the counterparty's opinion. Returns the dispute's number; raises NotFoundError
    for a line that there is not, RefusedError where the same line is disputed already, PrmError without a claim.
    """
    with database.transaction(settings) as connection:
        period, counterparty_id, line, amount = holds.find_line(connection, address)
        number = _open(connection, period, counterparty_id, "line", claim, claimed, author, line=line)
        if amount > 0:
            holds.place(
                connection, "line", counterparty_id, reason=f"dispute {number}: {claim}", author=author, period=period,
                line=line,
            )  # fmt: skip
    return number


def dispute_balance(
    period: Period,
    counterparty_id: str,
    claim: str,
    *,
    claimed: Decimal | None = None,
    author: str,
    settings: Settings | None = None,
) -> int:
    """A counterparty objects to a month's statement as a whole: it is not deemed accepted until the answer.

    Raises RefusedError where nothing of it is posted in the month, or the balance is disputed already.
    """
    with database.transaction(settings) as connection:
        _posted(connection, period, [counterparty_id])
        return _open(connection, period, counterparty_id, "balance", claim, claimed, author)


def dispute_penalty(
    period: Period, counterparty_id: str, penalty: int, claim: str, *, author: str, settings: Settings | None = None
) -> int:
    """A counterparty objects to a penalty on its statement of a month. Raises NotFoundError where it is not its own."""
    with database.transaction(settings) as connection:
        known = connection.execute(
            "select from ledger.transfers where (counterparty_id, penalty) = (%s, %s)", [counterparty_id, penalty]
        ).fetchone()
        if known is None:
            raise NotFoundError(f"{counterparty_id} has no penalty {penalty}.")
        return _open(connection, period, counterparty_id, "penalty", claim, None, author, penalty=penalty)


def answer_dispute(dispute: int, what: Answer, answer: str, *, author: str, settings: Settings | None = None) -> None:
    """Answers a dispute, once: granted, refused, or withdrawn by the counterparty. Its line is no longer held.

    What is granted is put right by calculating again, by reversing the penalty, or by the next month; not by this.
    Raises NotFoundError, RefusedError where it was answered already, PrmError without an answer.
    """
    if not answer.strip():
        raise PrmError("An answer needs words.", hint="Say in a sentence why.")
    with database.transaction(settings) as connection:
        found = connection.execute(
            "select * from settlement.disputes where dispute = %s", [dispute]
        ).fetchone()  # fmt: skip
        if found is None:
            raise NotFoundError(
                f"There is no dispute {dispute}.", hint="`prm statement disputes` lists those there are."
            )
        _one_at_a_time(connection, found["counterparty_id"])
        known = connection.execute("select * from settlement.dispute_answers where dispute = %s", [dispute]).fetchone()
        if known:
            if (known["what"], known["answer"], known["author"]) == (what, answer, author):
                return
            raise RefusedError(
                f"Dispute {dispute} was answered by {known['author']} on {known['answered_at']:%Y-%m-%d}: {known['answer']}"
            )
        connection.execute(
            "insert into settlement.dispute_answers (dispute, what, answer, author) values (%s, %s, %s, %s)",
            [dispute, what, answer, author],
        )
        for row in connection.execute(
            """select hold from settlement.holds
               where level = 'line' and (counterparty_id, period, line) = (%s, %s, %s) and starts_with(reason, %s)
                 and hold not in (select hold from settlement.hold_releases)""",
            [found["counterparty_id"], found["period"], found["line"], f"dispute {dispute}: "],
        ).fetchall():
            holds.end(connection, row["hold"], reason=f"dispute {dispute} is {what}: {answer}", author=author)
    logs.event("dispute answered", dispute=dispute, answer=what)


def list_statements(period: Period, state: str | None = None, *, settings: Settings | None = None) -> list[Row]:
    """The statements of a month, as `reporting.statements` shows them."""
    with database.transaction(settings) as connection:
        return connection.execute(
            """select * from reporting.statements where period = %s and (%s::text is null or state = %s)
               order by counterparty_id""",
            [str(period), state, state],
        ).fetchall()


def list_disputes(*, answered: bool = False, settings: Settings | None = None) -> list[Row]:
    """The disputes without an answer, oldest first, as `reporting.disputes` shows them; `answered`: all of them."""
    with database.transaction(settings) as connection:
        return connection.execute(
            "select * from reporting.disputes where %s or state = 'open' order by dispute", [answered]
        ).fetchall()


def _open(
    connection: Connection, period: Period, counterparty_id: str, about: str, claim: str, claimed: Decimal | None,
    author: str, *, line: str | None = None, penalty: int | None = None,
) -> int:  # fmt: skip
    if not claim.strip() or not author.strip():
        raise PrmError("A dispute needs a claim and an author.", hint="Say in a sentence what is wrong.")
    _one_at_a_time(connection, counterparty_id)
    known = connection.execute(
        """select dispute, opened_at, claim, author from settlement.disputes
           where (period, counterparty_id, about) = (%s, %s, %s)
             and (line, penalty) is not distinct from (%s, %s::bigint)
             and dispute not in (select dispute from settlement.dispute_answers)""",
        [str(period), counterparty_id, about, line, penalty],
    ).fetchone()
    if known:
        if (known["claim"], known["author"]) == (claim, author):
            return known["dispute"]
        raise RefusedError(
            f"It is disputed already, since {known['opened_at']:%Y-%m-%d}: dispute {known['dispute']}.",
            hint="It has to be answered before it can be disputed again.",
        )
    row = connection.execute(
        """insert into settlement.disputes (period, counterparty_id, about, line, penalty, claim, claimed_amount, author)
           values (%s, %s, %s, %s, %s, %s, %s, %s) returning dispute""",
        [str(period), counterparty_id, about, line, penalty, claim, claimed, author],
    ).fetchone()
    assert row is not None
    logs.event("disputed", dispute=row["dispute"], about=about, counterparty=counterparty_id, period=period)
    return row["dispute"]


def _one_at_a_time(connection: Connection, counterparty_id: str) -> None:
    connection.execute(
        "select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"settlement:disputes:{counterparty_id}"]
    )


def _posted(connection: Connection, period: Period, counterparties: Sequence[str] | None) -> None:
    """RefusedError for somebody of whom nothing is posted in a month."""
    if counterparties is None:
        return
    rows = connection.execute(
        """select distinct counterparty_id from ledger.transfers
           where period = %s and counterparty_id = any(%s) and 'accrued' in (debit_account, credit_account)
             and cause <> 'due'""",
        [str(period), list(counterparties)],
    ).fetchall()
    if missing := sorted(set(counterparties) - {row["counterparty_id"] for row in rows}):
        raise RefusedError(
            f"Nothing of {missing[0]} is posted in {period}.",
            hint="A statement is sent when its rewards are posted: prm post.",
        )
