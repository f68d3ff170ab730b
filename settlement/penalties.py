"""Penalties, fines and deductions: charged with a reason, appealed, upheld, reduced, reversed, withdrawn.

A penalty is one transfer out of what is payable. What ends it (a reversal on appeal, a withdrawal) is the transfer's
reversal, and a lower one in its place is a penalty of its own that names the first. `docs/penalties.md`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Literal, get_args

from prm import clock, database, logs
from prm.database import Connection
from prm.errors import NotFoundError, PrmError, RefusedError
from prm.money import is_known_currency
from prm.period import Period
from prm.settings import Settings
from settlement.ledger import Entry, open_period, post
from settlement.reversing import reverse_transfer

Kind = Literal["penalty", "fine", "deduction"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_ACCOUNTS = {"penalty": "penalties", "fine": "penalties", "deduction": "deductions"}
_CAUSES = {"penalty": "penalty", "fine": "penalty", "deduction": "deduction"}

# From which states a decision is possible.
_FROM = {
    "appealed": ("charged", "upheld"),
    "appeal withdrawn": ("appealed",),
    "upheld": ("appealed",),
    "reversed": ("appealed",),
    "reduced": ("appealed",),
    "withdrawn": ("charged", "appealed", "upheld"),
}
_ENDS = ("reversed", "reduced", "withdrawn")
_NEXT = {
    "charged": "It can be appealed, or withdrawn.",
    "appealed": "Its appeal can be upheld, reversed, reduced or withdrawn.",
    "upheld": "It can be appealed again, or withdrawn.",
}


@dataclass(frozen=True)
class Charge:
    """What to charge.

    dated_on: the day of the penalty. period: the month it is about; None: that of its day. amount: above zero, four
    decimal places at most. external_id: its number where it was decided; the same number is charged once. clause: of
    the contract. load_id, row_number, edition, instead_of: where it came from.
    """

    kind: Kind
    counterparty_id: str
    dated_on: date
    amount: Decimal
    currency: str
    reason: str
    period: Period | None = None
    contract_id: str | None = None
    outlet_id: str | None = None
    clause: str | None = None
    external_id: str | None = None
    load_id: str | None = None
    row_number: int | None = None
    edition: int = 1
    instead_of: int | None = None

    @property
    def about(self) -> Period:
        """The month it is about."""
        return self.period or Period.of(self.dated_on)

    @property
    def content(self) -> tuple[Any, ...]:
        """What makes it the same charge when it is said again."""
        return (
            self.kind, self.counterparty_id, self.contract_id, self.outlet_id, str(self.about), self.dated_on,
            self.amount, self.currency, self.reason, self.clause,
        )  # fmt: skip


@dataclass(frozen=True)
class Penalty:
    """A penalty as it stands. state: charged, appealed, upheld, reversed, reduced or withdrawn; the last three end it."""

    number: int
    charge: Charge
    state: str
    is_in_force: bool
    was_withdrawn_by_file: bool
    author: str


def charge_penalty(charge: Charge, *, author: str, settings: Settings | None = None) -> int:
    """Charges a penalty, fine or deduction by hand, in the earliest open month; returns its number.

    Raises NotFoundError for an unknown counterparty, PrmError for what can't be charged, RefusedError where its external
    number was charged with other content (with the same content: the number it has already).

        charge_penalty(Charge("penalty", "D00042", date(2026, 10, 17), Decimal("500.00"), "RUB", "late report"), author="olga")
    """
    _author(author)
    with database.transaction(settings) as connection:
        lock_all(connection)
        if charge.external_id and (known := newest_editions(connection, [charge.external_id])):
            [penalty] = known.values()
            if penalty.charge.content == charge.content:
                return penalty.number
            raise RefusedError(
                f"'{charge.external_id}' was charged already, as penalty {penalty.number}, and says something else.",
                hint=f"Look at it: prm penalty show {penalty.number}.",
            )
        if problem := problem_of(charge, whose(connection)):
            raise problem
        [number] = charge_all(connection, [charge], author=author)
    logs.event("penalty charged", penalty=number, counterparty=charge.counterparty_id, amount=charge.amount)
    return number


def appeal_penalty(penalty: int, *, reason: str, author: str, settings: Settings | None = None) -> None:
    """Keeps that the counterparty objects to a penalty, and why. Nothing moves until the appeal is decided.

    Asked again with the same words it changes nothing. Raises NotFoundError, and RefusedError where it has ended or
    is appealed already.
    """
    _decide(penalty, "appealed", reason, author, settings)


def withdraw_appeal(penalty: int, *, reason: str, author: str, settings: Settings | None = None) -> None:
    """Keeps that the counterparty objects no longer. Raises RefusedError unless it is appealed."""
    _decide(penalty, "appeal withdrawn", reason, author, settings)


def uphold_penalty(penalty: int, *, reason: str, author: str, settings: Settings | None = None) -> None:
    """Decides an appeal: the penalty stays. Raises RefusedError unless it is appealed."""
    _decide(penalty, "upheld", reason, author, settings)


def reverse_penalty(penalty: int, *, reason: str, author: str, settings: Settings | None = None) -> None:
    """Decides an appeal: the penalty is reversed in the ledger. Raises RefusedError unless it is appealed."""
    _decide(penalty, "reversed", reason, author, settings)


def withdraw_penalty(penalty: int, *, reason: str, author: str, settings: Settings | None = None) -> None:
    """Takes back a penalty that should not have been charged: it is reversed in the ledger, appealed or not."""
    _decide(penalty, "withdrawn", reason, author, settings)


def reduce_penalty(penalty: int, amount: Decimal, *, reason: str, author: str, settings: Settings | None = None) -> int:
    """Decides an appeal: the penalty is reversed, and less is charged in its place, today; returns the new one's number.

    amount: what it is reduced to, above zero and below what was charged. Raises RefusedError unless it is appealed,
    PrmError for an amount that is no reduction.
    """
    number = _decide(penalty, "reduced", reason, author, settings, to=amount)
    assert number is not None
    return number


# --- for posting from files, in the caller's transaction


def lock_all(connection: Connection) -> None:
    """Nobody else charges or decides a penalty until the transaction ends."""
    connection.execute("select pg_advisory_xact_lock(hashtextextended('settlement:penalties', 0))")


def charge_all(connection: Connection, charges: Sequence[Charge], *, author: str) -> list[int]:
    """Charges penalties and posts them, all or none; returns their numbers, in order."""
    booked: dict[Period, Period] = {}
    rows = [
        (
            one.external_id, one.edition, one.kind, one.counterparty_id, one.contract_id, one.outlet_id,
            str(one.about), one.dated_on, one.amount, one.currency, one.reason, one.clause, one.load_id,
            one.row_number, one.instead_of, author,
        )
        for one in charges
    ]  # fmt: skip
    numbers: list[int] = []
    with connection.cursor() as cursor:
        cursor.executemany(
            """insert into settlement.penalties (external_id, edition, kind, counterparty_id, contract_id, outlet_id,
                   period, dated_on, amount, currency, reason, clause, load_id, row_number, instead_of, author)
               values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) returning penalty""",
            rows,
            returning=True,
        )
        while charges:
            row = cursor.fetchone()
            assert row is not None
            numbers.append(row["penalty"])
            if not cursor.nextset():
                break
    entries = []
    for number, one in zip(numbers, charges, strict=True):
        month = max(one.about, Period.of(one.dated_on))
        if month not in booked:
            booked[month] = open_period(connection, month)
        entries.append(_entry(number, one, booked[month], author))
    if entries:
        post(connection, entries)
    return numbers


def end_penalty(
    connection: Connection, penalty: Penalty, what: str, *, reason: str, author: str, by_file: bool = False
) -> None:
    """Keeps what ends a penalty and reverses its transfer.

    The reversal bears the day of the decision; where a file was corrected, the day of the penalty, which never was.
    """
    connection.execute(
        "insert into settlement.penalty_decisions (penalty, what, reason, by_file, author) values (%s, %s, %s, %s, %s)",
        [penalty.number, what, reason, by_file, author],
    )
    original = connection.execute(
        "select * from ledger.transfers where penalty = %s and cause <> 'reversal'", [penalty.number]
    ).fetchone()
    assert original is not None, "a penalty and its transfer are written together"
    reverse_transfer(
        connection, original, reason=reason, author=author, dated_on=penalty.charge.dated_on if by_file else None
    )


def newest_editions(connection: Connection, external_ids: Sequence[str] | None = None) -> dict[str, Penalty]:
    """The newest edition of each penalty that has an external number (None: of all of them), by that number."""
    rows = connection.execute(
        f"""select distinct on (external_id) * from ({_PENALTIES}) as penalties
            where external_id is not null and (%(ids)s::text[] is null or external_id = any(%(ids)s))
            order by external_id, edition desc""",
        {"ids": list(external_ids) if external_ids is not None else None},
    ).fetchall()
    return {row["external_id"]: _penalty(row) for row in rows}


@dataclass(frozen=True)
class Whose:
    """Whose contracts and outlets are, and who there is."""

    counterparties: frozenset[str]
    contracts: dict[str, str]
    outlets: dict[str, str]


def whose(connection: Connection) -> Whose:
    """Reads whose contracts and outlets are."""
    of = {
        table: {row["id"]: row["counterparty_id"] for row in connection.execute(
            f"select {key} as id, counterparty_id from registry.{table}")}
        for table, key in (("counterparties", "counterparty_id"), ("contracts", "contract_id"), ("outlets", "outlet_id"))
    }  # fmt: skip
    return Whose(frozenset(of["counterparties"]), of["contracts"], of["outlets"])


def problem_of(charge: Charge, known: Whose) -> PrmError | None:
    """What keeps a charge from being made; None: nothing."""
    if charge.kind not in KINDS:
        return PrmError(f"'{charge.kind}' is not a kind of penalty.", hint=f"One of: {', '.join(KINDS)}.")
    if charge.counterparty_id not in known.counterparties:
        return NotFoundError(
            f"There is no counterparty '{charge.counterparty_id}'.",
            hint="reporting.counterparties lists those there are.",
        )
    for what, name, of in (
        ("contract", charge.contract_id, known.contracts),
        ("outlet", charge.outlet_id, known.outlets),
    ):
        if name is None:
            continue
        if name not in of:
            return NotFoundError(f"There is no {what} '{name}'.", hint=f"reporting.{what}s lists those there are.")
        if of[name] != charge.counterparty_id:
            return PrmError(
                f"The {what} {name} is {of[name]}'s, and not {charge.counterparty_id}'s.",
                hint=f"Name a {what} of the one who is charged, or none.",
            )
    if not charge.reason.strip():
        return PrmError("A penalty needs a reason.", hint="Say in a few words what it is for.")
    if not is_known_currency(charge.currency):
        return PrmError(f"'{charge.currency}' is not a currency.", hint="Three letters, such as RUB.")
    return _amount(charge.amount)


# --- how


_PENALTIES = """
    select penalties.*, states.state, states.is_in_force, states.was_withdrawn_by_file
    from settlement.penalties join settlement.penalty_states as states using (penalty)
"""


def _penalty(row: dict[str, Any]) -> Penalty:
    same = (
        "kind", "counterparty_id", "dated_on", "amount", "currency", "reason", "contract_id", "outlet_id", "clause",
        "external_id", "load_id", "row_number", "edition", "instead_of",
    )  # fmt: skip
    charge = Charge(period=Period.parse(row["period"]), **{name: row[name] for name in same})
    return Penalty(
        row["penalty"], charge, row["state"], row["is_in_force"], row["was_withdrawn_by_file"], row["author"]
    )


def find_penalty(connection: Connection, penalty: int) -> Penalty:
    """A penalty by its number. Raises NotFoundError."""
    row = connection.execute(f"{_PENALTIES} where penalty = %s", [penalty]).fetchone()
    if row is None:
        raise NotFoundError(f"There is no penalty {penalty}.", hint="`prm penalty list` lists them.")
    return _penalty(row)


def _decide(
    number: int, what: str, reason: str, author: str, settings: Settings | None, to: Decimal | None = None
) -> int | None:
    """Keeps a decision; returns the number of the penalty that stands in for a reduced one."""
    if not reason.strip():
        raise PrmError("A decision on a penalty needs a reason.", hint="Say in a few words why.")
    _author(author)
    with database.transaction(settings) as connection:
        connection.execute("select pg_advisory_xact_lock_shared(hashtextextended('settlement:penalties', 0))")
        connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"settlement:penalty/{number}"])
        penalty = find_penalty(connection, number)
        newest = connection.execute(
            "select * from settlement.penalty_decisions where penalty = %s order by decision desc limit 1", [number]
        ).fetchone()
        instead = connection.execute(
            "select penalty, amount from settlement.penalties where instead_of = %s", [number]
        ).fetchone()
        said_last = (newest["what"], newest["reason"], newest["author"]) if newest else None
        if said_last == (what, reason, author) and (to is None or (instead and instead["amount"] == to)):
            return instead["penalty"] if instead else None
        if penalty.state not in _FROM[what]:
            said = f": {newest['reason']} ({newest['author']}, {newest['decided_at']:%Y-%m-%d})" if newest else ""
            hint = _NEXT.get(penalty.state, "That is the end of it: what is owed anew is charged anew.")
            raise RefusedError(f"Penalty {number} is {penalty.state}{said}.", hint=hint)
        if to is not None:
            if problem := _amount(to):
                raise problem
            if to >= penalty.charge.amount:
                raise PrmError(
                    f"{to} is not less than the {penalty.charge.amount.normalize():f} that penalty {number} charged.",
                    hint="To leave it as it is: prm penalty uphold.",
                )
        if what not in _ENDS:
            connection.execute(
                "insert into settlement.penalty_decisions (penalty, what, reason, author) values (%s, %s, %s, %s)",
                [number, what, reason, author],
            )
            return None
        end_penalty(connection, penalty, what, reason=reason, author=author)
        if to is None:
            return None
        lower = replace(
            penalty.charge, amount=to, dated_on=clock.today(), external_id=None, load_id=None, row_number=None,
            edition=1, instead_of=number,
        )  # fmt: skip
        [new] = charge_all(connection, [lower], author=author)
    logs.event("penalty reduced", penalty=number, by=new, amount=to)
    return new


def _entry(number: int, charge: Charge, booked: Period, author: str) -> Entry:
    return Entry(
        idempotency_key=f"penalty/{number}",
        period=str(booked),
        origin_period=str(charge.about),
        dated_on=charge.dated_on,
        counterparty_id=charge.counterparty_id,
        contract_id=charge.contract_id,
        currency=charge.currency,
        debit_account="payable",
        credit_account=_ACCOUNTS[charge.kind],
        amount=charge.amount,
        cause=_CAUSES[charge.kind],
        penalty=number,
        reason=charge.reason,
        author=author,
    )


def _amount(amount: Decimal) -> PrmError | None:
    if amount <= 0 or amount != round(amount, 4) or amount >= Decimal(10) ** 14:
        return PrmError(f"{amount} can't be charged.", hint="Above zero, with four decimal places at most.")
    return None


def _author(author: str) -> None:
    if not author.strip():
        raise PrmError("A penalty needs an author.", hint="Say who decided it.")
