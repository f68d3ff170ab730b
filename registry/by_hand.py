"""What people set by hand: links and fraud marks, each with its author and a reason. (Values: `attributes`.)"""

from __future__ import annotations

from datetime import date, timedelta

from prm.database import Connection
from prm.errors import NotFoundError, PrmError, RefusedError


def link_subscriber(
    connection: Connection, subscriber_id: str, outlet_id: str, *, valid_from: date,
    valid_to: date | None = None, reason: str, author: str,
) -> int:  # fmt: skip
    """Ties a subscriber to an outlet (and so to its counterparty) from a day on; returns the link's number.

    Overrides the kit's sale. Raises NotFoundError for an unknown outlet, PrmError without a reason or where
    another link by hand already covers one of the days: links are never guessed between.
    """
    known(connection, "outlets", "outlet_id", outlet_id)
    _reason(reason)
    return _insert_range(
        connection,
        "links",
        "link_id",
        subscriber_id,
        valid_from,
        valid_to,
        reason,
        author,
        outlet_id=outlet_id,
    )


def mark_fraud(
    connection: Connection, subscriber_id: str, *, valid_from: date, valid_to: date | None = None,
    reason: str, author: str,
) -> int:  # fmt: skip
    """Marks a subscriber as fraud from a day on (to a day, if given); returns the mark's number."""
    _reason(reason)
    return _insert_range(connection, "fraud_marks", "mark_id", subscriber_id, valid_from, valid_to, reason, author)


def unlink_subscriber(connection: Connection, subscriber_id: str, *, ended_from: date, reason: str, author: str) -> int:
    """Ends a subscriber's link by hand from a day on; returns its number. From its first day on: it never held.

    What was believed until now stays in the books. Raises NotFoundError where no link holds on that day or later,
    RefusedError where several do, PrmError without a reason.
    """
    return _end_range(connection, "links", "link_id", "link", subscriber_id, ended_from, reason, author)


def clear_fraud_mark(connection: Connection, subscriber_id: str, *, ended_from: date, reason: str, author: str) -> int:
    """Clears a fraud mark by hand from a day on; returns its number. See `unlink_subscriber`."""
    return _end_range(connection, "fraud_marks", "mark_id", "fraud mark", subscriber_id, ended_from, reason, author)


def _end_range(
    connection: Connection, table: str, key: str, kind: str, subscriber_id: str, day: date, reason: str, author: str
) -> int:
    _reason(reason)
    found = connection.execute(
        f"""select * from registry.{table}
            where subscriber_id = %s and (valid_to is null or valid_to >= %s) for update""",
        [subscriber_id, day],
    ).fetchall()
    if not found:
        raise NotFoundError(
            f"Subscriber {subscriber_id} has no {kind} by hand on {day} or later.",
            hint="reporting.links_by_hand lists them.",
        )
    if len(found) > 1:
        days = ", ".join(str(row["valid_from"]) for row in found)
        raise RefusedError(
            f"Subscriber {subscriber_id} has several of them on {day} or later, from {days}.",
            hint="End the last one first.",
        )
    row = found[0]
    connection.execute(
        """insert into registry.former_ranges (kind, number, subscriber_id, outlet_id, valid_from, valid_to, reason,
               author, known_from, known_to, ended_from, end_reason, end_author)
           values (%s, %s, %s, %s, %s, %s, %s, %s, %s, clock_timestamp(), %s, %s, %s)""",
        [
            kind, row[key], subscriber_id, row.get("outlet_id"), row["valid_from"], row["valid_to"], row["reason"],
            row["author"], row["recorded_at"], day, reason, author,
        ],
    )  # fmt: skip
    if day <= row["valid_from"]:
        connection.execute(f"delete from registry.{table} where {key} = %s", [row[key]])
    else:
        connection.execute(
            f"update registry.{table} set valid_to = %s, recorded_at = clock_timestamp() where {key} = %s",
            [day - timedelta(days=1), row[key]],
        )
    return row[key]


def _insert_range(
    connection: Connection, table: str, key: str, subscriber_id: str, valid_from: date,
    valid_to: date | None, reason: str, author: str, **more: str,
) -> int:  # fmt: skip
    if valid_to is not None and valid_to < valid_from:
        raise PrmError(f"The range ends ({valid_to}) before it begins ({valid_from}).")
    other = connection.execute(
        f"""select {key} as number, valid_from, valid_to from registry.{table}
            where subscriber_id = %s and daterange(valid_from, valid_to, '[]') && daterange(%s, %s, '[]')""",
        [subscriber_id, valid_from, valid_to],
    ).fetchone()
    if other:
        raise PrmError(
            f"Subscriber {subscriber_id} is already in {table} (number {other['number']}) from {other['valid_from']} "
            f"to {other['valid_to'] or 'further notice'}.",
            hint="Choose days that do not overlap.",
        )
    values = {
        "subscriber_id": subscriber_id, "valid_from": valid_from, "valid_to": valid_to,
        "reason": reason, "author": author, **more,
    }  # fmt: skip
    row = connection.execute(
        f"""insert into registry.{table} ({", ".join(values)})
            values ({", ".join(["%s"] * len(values))}) returning {key} as number""",
        list(values.values()),
    ).fetchone()
    assert row is not None
    return row["number"]


def known(connection: Connection, table: str, key: str, value: str) -> None:
    """Raises NotFoundError where a table has no row of that key."""
    if not connection.execute(f"select 1 from registry.{table} where {key} = %s", [value]).fetchone():
        view = "counterparties" if table == "branches" else table
        raise NotFoundError(f"There is no {key} '{value}'.", hint=f"See reporting.{view} for those there are.")


def _reason(reason: str) -> None:
    if not reason.strip():
        raise PrmError("A reason is needed.", hint="Say in a few words why, and on what evidence.")
