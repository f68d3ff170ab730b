"""Posting rewards: the ledger is brought to what versions say, by the difference and nothing else.

For each counterparty, contract, component and currency, what a version earned is compared with what was posted about
its period so far; a difference that is not zero becomes one transfer. The first time the difference is the whole reward,
after a correction it is what changed, after a rollback it is what is taken back, and the second time there is none.
It is booked in the period itself, or, when that is closed, in the earliest one that is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import runs
from prm import clock, database, logs
from prm.database import Connection
from prm.errors import RefusedError
from prm.fail_points import reach
from prm.period import Period
from prm.settings import Settings
from settlement import due
from settlement.ledger import OPEN_PERIOD, open_period, refusals
from settlement.taxes import bring_vat

REWARD_CAUSES = ("reward", "adjustment", "rollback")
"""Causes by which the ledger is brought to what a version says."""


@dataclass(frozen=True)
class Posted:
    """What a posting has added to the ledger.

    period: where it was booked. transfers: how many; 0 where the ledger said so already. sums: by currency, how much
    more (or less) is accrued than before.
    """

    period: Period
    transfers: int
    sums: dict[str, Decimal] = field(default_factory=dict)


class NotApprovedError(RefusedError):
    """What is current of a period is not what was approved."""


def post_rewards(
    period: Period,
    counterparties: Sequence[str] | None = None,
    *,
    author: str,
    settings: Settings | None = None,
) -> Posted:
    """Posts what is approved of a period (or of some counterparties of it) and not posted yet; all or none.

    Raises NotApprovedError unless the newest decision on the period approves exactly its current versions,
    RefusedError for an empty list and for a counterparty of which nothing is there to post.

        post_rewards(Period.parse("2026-10"), author="olga").transfers
    """
    if counterparties is not None and not counterparties:
        raise RefusedError("An empty list of counterparties.", hint="Without a list, the whole period is meant.")
    scope = sorted(set(counterparties)) if counterparties else None
    with database.transaction(settings) as connection:
        lock(connection, period)
        if scope:
            _something_is_there(connection, period, scope)
        rows = _bring(
            connection,
            _APPROVED,
            {"period": str(period), "scope": scope, "author": author, "rolls_back": False, "reason": None},
        )
        if rows[0]["decision"] is None:
            raise _not_approved(connection, period)
        posted = _summed(connection, period, rows)
        bring_vat(connection, period, scope, reason=None, author=author)
        due.bring(connection, scope, as_of=clock.today(), author=author, newly=False)
        reach("post.posted")
    reach("post.committed")
    logs.event("rewards posted", period=period, counterparties=scope, transfers=posted.transfers)
    return posted


def take_back(connection: Connection, moves: Sequence[runs.Move], *, reason: str, author: str) -> list[Posted]:
    """Takes back what was posted of versions that have just been rolled back; the rest of the ledger stays.

    connection: in the transaction that made the moves. The ledger goes back to the version that is current now if that
    has stood in it, and so was approved, and to nothing otherwise.
    """
    moved: dict[Period, list[runs.Move]] = {}
    for move in moves:
        moved.setdefault(move.period, []).append(move)
    for period in sorted(moved):  # all of them before the chain's end is held, so that none waits in a circle
        lock(connection, period)
    posted = []
    for period in sorted(moved):
        of = {
            "period": str(period), "scope": sorted({move.counterparty_id for move in moved[period]}),
            "who": [move.counterparty_id for move in moved[period]], "left": [move.from_run for move in moved[period]],
            "author": author, "rolls_back": True, "reason": reason,
        }  # fmt: skip
        posted.append(_summed(connection, period, _bring(connection, _ROLLED_BACK, of)))
        whose = sorted({move.counterparty_id for move in moved[period]})
        bring_vat(connection, period, whose, reason=reason, author=author)
    who = sorted({move.counterparty_id for move in moves})
    due.bring(connection, who, as_of=clock.today(), author=author, newly=False)
    return posted


def lock(connection: Connection, period: Period) -> None:
    """One poster of a period at a time, until the transaction ends."""
    connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"settlement:{period}"])


# What the ledger is to be brought to, as `wanted` (counterparty_id, run_id, move) and `approval` (decision). One
# statement reads it, compares and posts, so that nothing can be published between the approval and the amounts.
_APPROVED = """
    versions as (
        select counterparty_id, run_id from runs.current_versions where period = %(period)s
    ),

    newest_decision as (
        select decision, what, content_hash from runs.period_decisions
        where period = %(period)s and what in ('approved', 'withdrawn')
        order by decision desc limit 1
    ),

    approval as (
        select decision from newest_decision
        where what = 'approved'
          and content_hash = (select content_hash from runs.period_contents where period = %(period)s)
    ),

    -- Who has no version any more has nothing to be paid: a row without a run.
    wanted as (
        select counterparty_id, versions.run_id, null::bigint as move
        from versions
        full join (select distinct counterparty_id from ledger.transfers where origin_period = %(period)s) as posted
            using (counterparty_id)
        where exists (select from approval)
          and (%(scope)s::text[] is null or counterparty_id = any(%(scope)s))
    )
"""
_ROLLED_BACK = """
    approval as (
        select null::bigint as decision
    ),

    -- Only where a version that was left (a chain may leave several) is the one that the ledger was brought to.
    wanted as (
        select
            counterparty_id, move,
            case when exists (
                select from ledger.transfers as before
                where before.origin_period = %(period)s and before.counterparty_id = moved.counterparty_id
                  and before.run_id = moved.to_run and before.cause <> 'reversal'
            ) then to_run end as run_id
        from (
            select distinct on (counterparty_id) counterparty_id, move, from_run, to_run
            from runs.version_moves
            where period = %(period)s and counterparty_id = any(%(scope)s)
            order by counterparty_id, move desc
        ) as moved
        where (counterparty_id, (
            select run_id from ledger.transfers
            where origin_period = %(period)s and counterparty_id = moved.counterparty_id
              and cause in ('reward', 'adjustment', 'rollback')
            order by transfer_id desc limit 1
        )) in (select who, run_id from unnest(%(who)s::text[], %(left)s::bigint[]) as versions (who, run_id))
    )
"""
_POST = f"""
    with

    {{targets}},

    booking as (
        select ({OPEN_PERIOD}) as period
    ),

    earned as (
        select counterparty_id, contract_id, component, currency, sum(amount) as amount
        from results.rewards join wanted using (counterparty_id, run_id)
        where rewards.period = %(period)s
        group by counterparty_id, contract_id, component, currency
    ),

    posted as (
        select counterparty_id, contract_id, component, currency, count(*) as transfers,
               sum(case when debit_account = 'reward_cost' then amount else -amount end) as amount
        from ledger.transfers join wanted using (counterparty_id)
        where origin_period = %(period)s and component is not null
          and 'reward_cost' in (debit_account, credit_account)
        group by counterparty_id, contract_id, component, currency
    ),

    differences as (
        select counterparty_id, contract_id, component, currency, coalesce(posted.transfers, 0) + 1 as ordinal,
               coalesce(earned.amount, 0) - coalesce(posted.amount, 0) as amount
        from earned full join posted using (counterparty_id, contract_id, component, currency)
    ),

    entries as (
        select (
            format('reward/%%s/%%s/%%s/%%s/%%s/%%s', %(period)s::text, counterparty_id, contract_id, component, currency,
                   ordinal),
            (select period from booking), %(period)s,
            (select (to_date(period, 'YYYY-MM') + interval '1 month - 1 day')::date from booking), counterparty_id, contract_id, currency,
            case when amount > 0 then 'reward_cost' else 'accrued' end,
            case when amount > 0 then 'accrued' else 'reward_cost' end,
            abs(amount),
            case
                when %(rolls_back)s then 'rollback'
                when (select period from booking) = %(period)s then 'reward'
                else 'adjustment'
            end,
            component, run_id, move, (select decision from approval), null, null, null, null, %(reason)s, %(author)s
        )::ledger.entry as entry
        from differences join wanted using (counterparty_id)
        where amount <> 0
        order by counterparty_id collate "C", contract_id collate "C", component collate "C", currency
    )

    select (select decision from approval) as decision, transfer_id
    from (select 1) as always
    left join ledger.post((select array_agg(entry) from entries)) on true
"""


def _bring(connection: Connection, targets: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
    """Posts the differences; a row a transfer, or one row without any, each with the approval."""
    with refusals(), database.joined_by_hashes(connection):
        return connection.execute(_POST.format(targets=targets), parameters).fetchall()


def _summed(connection: Connection, period: Period, rows: list[dict[str, Any]]) -> Posted:
    numbers = [row["transfer_id"] for row in rows if row["transfer_id"] is not None]
    sums = connection.execute(
        """select period, currency, sum(case when credit_account = 'accrued' then amount else -amount end) as amount
           from ledger.transfers where transfer_id = any(%s) group by period, currency order by currency""",
        [numbers],
    ).fetchall()
    booked = Period.parse(sums[0]["period"]) if sums else open_period(connection, period)
    return Posted(booked, len(numbers), {row["currency"]: row["amount"] for row in sums})


def _something_is_there(connection: Connection, period: Period, scope: list[str]) -> None:
    known = {
        row["counterparty_id"]
        for row in connection.execute(
            """select counterparty_id from runs.current_versions where period = %(period)s
               union select counterparty_id from ledger.transfers where origin_period = %(period)s""",
            {"period": str(period)},
        )
    }
    if missing := sorted(set(scope) - known):
        raise RefusedError(
            f"{missing[0]} has no version of {period}.", hint="reporting.versions lists who was calculated."
        )


def _not_approved(connection: Connection, period: Period) -> NotApprovedError:
    newest = connection.execute(
        """select what, author, decided_at from runs.period_decisions
           where period = %s and what in ('approved', 'withdrawn') order by decision desc limit 1""",
        [str(period)],
    ).fetchone()
    if newest is None:
        why = f"The rewards of {period} have not been approved."
    elif newest["what"] == "withdrawn":
        why = f"The approval of {period} was withdrawn by {newest['author']} on {newest['decided_at']:%Y-%m-%d}."
    else:
        why = f"Versions of {period} have changed since {newest['author']} approved it on {newest['decided_at']:%Y-%m-%d}."
    return NotApprovedError(why, hint="Nothing was posted: what is current now has to be approved first.")
