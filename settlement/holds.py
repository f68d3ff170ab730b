"""Holds: payment put off, from a whole counterparty down to a line; or of a payout that is prepared.

A hold is said once and released once; both stay. What it covers moves from `payable` to `held` at once, and what falls
due later while it is active is held as it falls due.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from prm import clock, database, logs
from prm.database import Connection
from prm.errors import NotFoundError, PrmError, RefusedError
from prm.period import Period
from prm.settings import Settings
from settlement import due, payouts

Level = Literal["counterparty", "component", "line", "payout"]


@dataclass(frozen=True)
class Hold:
    """A hold. level: counterparty, component, line or payout; period, contract_id, component, line and payout say which,
    where None stands for all. released_at: None while it is active."""

    hold: int
    level: Level
    counterparty_id: str
    period: str | None
    contract_id: str | None
    component: str | None
    line: str | None
    payout: int | None
    reason: str
    author: str
    placed_at: datetime
    released_at: datetime | None = None
    release_reason: str | None = None
    released_by: str | None = None


def hold_counterparty(
    counterparty_id: str,
    period: Period | None = None,
    *,
    contract_id: str | None = None,
    component: str | None = None,
    reason: str,
    author: str,
    settings: Settings | None = None,
) -> int:
    """Holds what a counterparty is owed: all of it, of a month, of a contract, or of a component of a month.

    Returns the hold's number; asked again while the same hold is active, its number. Raises NotFoundError for a
    counterparty or component that the books don't know, PrmError without a reason, or with a component and no month.

        hold_counterparty("D00042", Period.parse("2026-10"), component="connections", reason="audit", author="olga")
    """
    if component and period is None:
        raise PrmError("A component is held in a month.", hint="Name the month: --period 2026-10.")
    with database.transaction(settings) as connection:
        _known(connection, counterparty_id, period, contract_id, component)
        return place(
            connection, "component" if component else "counterparty", counterparty_id, reason=reason, author=author,
            period=period, contract_id=contract_id, component=component,
        )  # fmt: skip


def hold_line(address: str, *, reason: str, author: str, settings: Settings | None = None) -> int:
    """Holds a line, named as by `prm explain`: `2026-10/D00042/3f2a91c07be4`; returns the hold's number.

    Raises NotFoundError for a line that there is not (or is more than one), RefusedError for one that earned nothing.
    """
    with database.transaction(settings) as connection:
        period, counterparty_id, line, amount = find_line(connection, address)
        if amount <= 0:
            raise RefusedError(
                f"{address} earned nothing that could be held.", hint="`prm explain` says what it earned."
            )
        return place(connection, "line", counterparty_id, reason=reason, author=author, period=period, line=line)


def hold_payout(payout: int, *, reason: str, author: str, settings: Settings | None = None) -> int:
    """Holds a payout that is prepared and not exported: what it takes is set aside; returns the hold's number.

    Raises NotFoundError, RefusedError once its batch is exported or cancelled, PrmError without a reason.
    """
    with database.transaction(settings) as connection:
        found = connection.execute(
            "select counterparty_id from settlement.payouts where payout = %s", [payout]
        ).fetchone()
        if found is None:
            raise NotFoundError(f"There is no payout {payout}.", hint="`prm payout show` lists those of a batch.")
        return place(connection, "payout", found["counterparty_id"], reason=reason, author=author, payout=payout)


def release(hold: int, *, reason: str, author: str, settings: Settings | None = None) -> None:
    """Ends a hold: what it covered, and no other hold covers, is payable again.

    Asked again with the same reason and author it changes nothing. Raises NotFoundError, PrmError without a reason,
    RefusedError where it was released already.
    """
    with database.transaction(settings) as connection:
        end(connection, hold, reason=reason, author=author)


def list_holds(
    counterparty_id: str | None = None, *, released: bool = False, settings: Settings | None = None
) -> list[Hold]:
    """The active holds, of a counterparty or of all, oldest first; `released`: also those that ended."""
    with database.transaction(settings) as connection:
        rows = connection.execute(
            """select holds.*, released_at, hold_releases.reason as release_reason, hold_releases.author as released_by
               from settlement.holds left join settlement.hold_releases using (hold)
               where (%(who)s::text is null or counterparty_id = %(who)s) and (%(released)s or released_at is null)
               order by hold""",
            {"who": counterparty_id, "released": released},
        ).fetchall()
    return [Hold(**row) for row in rows]


# --- inside a transaction of the caller's


def place(
    connection: Connection, level: Level, counterparty_id: str, *, reason: str, author: str, period: Period | None = None,
    contract_id: str | None = None, component: str | None = None, line: str | None = None, payout: int | None = None,
) -> int:  # fmt: skip
    """Writes a hold down and moves what it covers; returns its number, or that of the same one that is active.

    connection: in a transaction that has posted nothing yet. Raises PrmError without a reason or an author.
    """
    _said(reason, author)
    connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"settlement:holds:{counterparty_id}"])
    of = {
        "level": level, "who": counterparty_id, "period": str(period) if period else None, "contract": contract_id,
        "component": component, "line": line, "payout": payout, "reason": reason, "author": author,
    }  # fmt: skip
    known = connection.execute(
        """select hold from settlement.holds
           where (level, counterparty_id) = (%(level)s, %(who)s)
             and (period, contract_id, component, line, payout)
                 is not distinct from (%(period)s, %(contract)s, %(component)s, %(line)s, %(payout)s::bigint)
             and hold not in (select hold from settlement.hold_releases)""",
        of,
    ).fetchone()
    if known:
        return known["hold"]
    row = connection.execute(
        """insert into settlement.holds
               (level, counterparty_id, period, contract_id, component, line, payout, reason, author)
           values (%(level)s, %(who)s, %(period)s, %(contract)s, %(component)s, %(line)s, %(payout)s, %(reason)s, %(author)s)
           returning hold""",
        of,
    ).fetchone()
    assert row is not None
    if payout is not None:
        payouts.set_aside(connection, payout, row["hold"], reason=reason, author=author)
    else:
        due.bring(connection, [counterparty_id], as_of=clock.today(), author=author, newly=False)
    logs.event("hold placed", hold=row["hold"], level=level, counterparty=counterparty_id)
    return row["hold"]


def end(connection: Connection, hold: int, *, reason: str, author: str) -> None:
    """Releases a hold and moves what it covered; raises what `release` raises."""
    _said(reason, author)
    found = connection.execute(
        "select counterparty_id, payout from settlement.holds where hold = %s", [hold]
    ).fetchone()
    if found is None:
        raise NotFoundError(f"There is no hold {hold}.", hint="`prm hold list` shows those there are.")
    who = found["counterparty_id"]
    connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"settlement:holds:{who}"])
    known = connection.execute("select * from settlement.hold_releases where hold = %s", [hold]).fetchone()
    if known:
        if (known["reason"], known["author"]) == (reason, author):
            return
        raise RefusedError(
            f"Hold {hold} was released by {known['author']} on {known['released_at']:%Y-%m-%d}: {known['reason']}.",
            hint="A hold is released once; place a new one.",
        )
    connection.execute(
        "insert into settlement.hold_releases (hold, reason, author) values (%s, %s, %s)", [hold, reason, author]
    )
    if found["payout"] is not None:
        payouts.release(connection, found["payout"], hold, reason=reason, author=author)
    else:
        due.bring(connection, [who], as_of=clock.today(), author=author, newly=False)
    logs.event("hold released", hold=hold, counterparty=who)


def find_line(connection: Connection, address: str) -> tuple[Period, str, str, Decimal]:
    """The month, counterparty, code and amount of a line by its address; the beginning of a code will do.

    Raises NotFoundError where no line, or more than one, has it.
    """
    hint = "A line is named as its statement does: 2026-10/D00042/3f2a91c07be4."
    parts = address.strip().split("/")
    if len(parts) != 3 or not all(parts):
        raise NotFoundError(f"'{address}' names no line.", hint=hint)
    period = Period.parse(parts[0])
    rows = connection.execute(
        """select line, sum(amount) as amount from reporting.reward_lines
           where period = %s and counterparty_id = %s and starts_with(line, %s) group by line limit 2""",
        [str(period), parts[1], parts[2]],
    ).fetchall()
    if len(rows) != 1:
        what = "more than one line begins so" if rows else "there is no such line"
        raise NotFoundError(f"{address}: {what}.", hint=hint)
    return period, parts[1], rows[0]["line"], rows[0]["amount"]


def _said(reason: str, author: str) -> None:
    if not reason.strip() or not author.strip():
        raise PrmError("A hold, and its release, need a reason and an author.", hint="Say in a few words why.")


def _known(
    connection: Connection, counterparty_id: str, period: Period | None, contract_id: str | None, component: str | None
) -> None:
    """Whether there is anything that such a hold could ever cover."""
    row = connection.execute(
        """select exists (select from registry.counterparties where counterparty_id = %(who)s)
               or exists (select from ledger.transfers where counterparty_id = %(who)s) as is_known""",
        {"who": counterparty_id},
    ).fetchone()
    if row is None or not row["is_known"]:
        raise NotFoundError(
            f"There is no counterparty '{counterparty_id}'.", hint="reporting.counterparties lists those there are."
        )
    if component is None:
        return
    rows = connection.execute(
        """select distinct component from reporting.rewards
           where (period, counterparty_id) = (%s, %s) and (%s::text is null or contract_id = %s) order by component""",
        [str(period), counterparty_id, contract_id, contract_id],
    ).fetchall()
    if component not in (names := [row["component"] for row in rows]):
        raise NotFoundError(
            f"{counterparty_id} has no component '{component}' in {period}.",
            hint=f"It has: {', '.join(names)}." if names else "It has none.",
        )
