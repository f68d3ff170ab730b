"""`prm registry …`: what people keep by hand — schemes, attribute values, links, fraud marks, bank details."""

from __future__ import annotations

import getpass
import sys
from datetime import datetime
from pathlib import Path
from typing import get_args

import typer

import loaders
import registry as rooms
import runs
import schemes
from cli import app
from cli.language import Lang, spoken
from prm import database
from prm.period import Period
from prm.words import Language, Words
from schemes import Level

group = typer.Typer(
    no_args_is_help=True, help="Schemes, attribute values, links, fraud marks and bank details kept by hand."
)
app.add_typer(group, name="registry")

Day = typer.Option(..., "--from", formats=["%Y-%m-%d"], help="First day it holds, such as 2026-10-01.")
LastDay = typer.Option(None, "--to", formats=["%Y-%m-%d"], help="Last day it holds; open-ended without.")
Author = typer.Option(None, help="Who decided it; without, the user of this machine.")
_WARNING = Words(en="warning: {told}", ru="предупреждение: {told}")
_ADDED = Words(en="added", ru="добавлено")
_THERE = Words(en="already there, unchanged", ru="уже есть, без изменений")
_ALL_THERE = Words(en="all there already, unchanged", ru="всё уже есть, без изменений")
Reason = typer.Option(..., help="Why, and on what evidence.")
ReasonIfClosed = typer.Option(None, "--reason", help="Why; asked for where it reaches closed months.")
DecidedOn = typer.Option(
    None, formats=["%Y-%m-%d"], help="When it was decided, such as 2026-09-28; without, today. prm what-if goes by it."
)


@group.command("add-scheme")
def add_scheme(
    files: list[Path], reason: str = ReasonIfClosed, author: str = Author, language: Language = Lang
) -> None:
    """Add scheme versions from files; a version that is there already is left as it is.

    All of them, or none where one is refused.
    """
    done: list[str] = []
    with database.transaction() as connection:
        for file in files:
            added = _add(connection, file, author, reason)
            done.append(f"{file}: {(_ADDED if added else _THERE).text(language)}")
            of = schemes.read(file)
            if added and of.version > 1:
                done += [f"  {told.text(language)}" for told in rooms.coming_later(connection, of.scheme, of.version)]
        _warn_of_versions(connection, files)
    print("\n".join(done))


@group.command("add-library")
def add_library(reason: str = ReasonIfClosed, author: str = Author, language: Language = Lang) -> None:
    """Add the schemes of the project's library."""
    files = sorted(schemes.LIBRARY.glob("*.yaml"))
    with database.transaction() as connection:
        added = [file for file in files if _add(connection, file, author, reason)]
        _warn_of_versions(connection, files)
    names = ", ".join(path.stem for path in added)
    print(f"{_ADDED.text(language)}: {names}" if added else _ALL_THERE.text(language))


def _add(connection: database.Connection, file: Path, author: str | None, reason: str | None) -> bool:
    """Adds a version, with the reason where it reaches closed months, and says which. Whether it was not there yet.

    RefusedError where it reaches some and no reason is given.
    """
    of = schemes.read(file)
    reaches = of.version > 1 and runs.closed_since(connection, of.valid_from)  # nothing was paid under a first one
    why = reason if reaches else None
    added = rooms.add_scheme(connection, file, author=author or getpass.getuser(), reason=why)
    if added and reaches:
        _tell_of_reached(runs.explained(connection, of.valid_from, why))
    return added


def _warn_of_versions(connection: database.Connection, files: list[Path]) -> None:
    """Says where measures add up what no scheme has, or are used by none, and which contracts lack a value that is
    required; only warnings: what is missing may be added later."""
    for problem in rooms.unknown_of_others(connection, files):
        _warn(problem.text(spoken()))
    _warn_of_missing(rooms.without_required(connection, of_schemes={schemes.read(file).scheme for file in files}))


def _warn_of_missing(messages: list[Words]) -> None:
    for message in messages:
        _warn(message.text(spoken()))


def _warn(told: str) -> None:
    print(_WARNING.text(spoken(), told=told), file=sys.stderr)


def _tell_of_reached(reached: list[Period]) -> None:
    if told := runs.reaches(reached):
        _warn(told.text(spoken()))


Contract = typer.Option(None, help="The contract that it is for.")
Counterparty = typer.Option(None, help="The counterparty: for its contracts without a value of their own.")
Branch = typer.Option(None, help="The branch: for its counterparties and contracts without one.")


@group.command("set-attribute")
def set_attribute(
    attribute: str,
    value: str,
    contract: str = Contract,
    counterparty: str = Counterparty,
    branch: str = Branch,
    valid_from: datetime = Day,
    decided_on: datetime | None = DecidedOn,
    reason: str = ReasonIfClosed,
    author: str = Author,
) -> None:
    """Give a contract, a counterparty or a branch its VALUE of an ATTRIBUTE from a day on."""
    level, holder = _holder(contract, counterparty, branch)
    with database.transaction() as connection:
        is_of_scheme = rooms.set_attribute(
            connection, attribute, value, level=level, holder=holder, valid_from=valid_from.date(),
            author=author or getpass.getuser(), decided_on=decided_on.date() if decided_on else None, reason=reason,
        )  # fmt: skip
        reached = runs.explained(connection, valid_from.date(), reason) if is_of_scheme else []
    print(f"{level} {holder}: {attribute} is {value} from {valid_from:%Y-%m-%d}")
    if not is_of_scheme:
        print(f"  no scheme of the contracts concerned has an attribute {attribute}: nothing is reckoned with it")
    _tell_of_reached(reached)


@group.command("unset-attribute")
def unset_attribute(
    attribute: str,
    contract: str = Contract,
    counterparty: str = Counterparty,
    branch: str = Branch,
    valid_from: datetime = Day,
    decided_on: datetime | None = DecidedOn,
    reason: str = ReasonIfClosed,
    author: str = Author,
) -> None:
    """Take a value of an ATTRIBUTE away: remove one set by hand for that day, or end the one that holds on it."""
    level, holder = _holder(contract, counterparty, branch)
    with database.transaction() as connection:
        unset = rooms.unset_attribute(
            connection, attribute, level=level, holder=holder, valid_from=valid_from.date(),
            author=author or getpass.getuser(), decided_on=decided_on.date() if decided_on else None, reason=reason,
        )  # fmt: skip
        reached = runs.explained(connection, valid_from.date(), reason) if unset.is_of_scheme else []
        missing = rooms.without_required(
            connection, attribute=attribute, level=level, holder=holder, since=valid_from.date()
        )
    now = f"{unset.holds[0]} (since {unset.holds[1]})" if unset.holds else "none of its own"
    print(f"{level} {holder}: {attribute} {unset.value} is {unset.action}; from {valid_from:%Y-%m-%d} it has {now}")
    _warn_of_missing(missing)
    _tell_of_reached(reached)


def _holder(contract: str | None, counterparty: str | None, branch: str | None) -> tuple[Level, str]:
    holders: dict[Level, str | None] = {"contract": contract, "counterparty": counterparty, "branch": branch}
    given = [(level, holder) for level, holder in holders.items() if holder]
    if len(given) != 1:
        raise typer.BadParameter("name one of --contract, --counterparty and --branch")
    return given[0]


@group.command("link")
def link(
    subscriber: str,
    outlet: str,
    valid_from: datetime = Day,
    valid_to: datetime | None = LastDay,
    reason: str = Reason,
    author: str = Author,
) -> None:
    """Tie SUBSCRIBER to OUTLET by hand from a day on; it overrides the kit's sale."""
    with database.transaction() as connection:
        number = rooms.link_subscriber(
            connection, subscriber, outlet, valid_from=valid_from.date(),
            valid_to=valid_to.date() if valid_to else None, reason=reason, author=author or getpass.getuser(),
        )  # fmt: skip
    print(f"link {number}: {subscriber} belongs to {outlet} from {valid_from:%Y-%m-%d}")


@group.command("mark-fraud")
def mark_fraud(
    subscriber: str,
    valid_from: datetime = Day,
    valid_to: datetime | None = LastDay,
    reason: str = Reason,
    author: str = Author,
) -> None:
    """Mark SUBSCRIBER as fraud from a day on."""
    with database.transaction() as connection:
        number = rooms.mark_fraud(
            connection, subscriber, valid_from=valid_from.date(),
            valid_to=valid_to.date() if valid_to else None, reason=reason, author=author or getpass.getuser(),
        )  # fmt: skip
    print(f"mark {number}: {subscriber} is marked from {valid_from:%Y-%m-%d}")


EndedFrom = typer.Option(..., "--from", formats=["%Y-%m-%d"], help="First day on which it no longer holds.")


@group.command("unlink")
def unlink(subscriber: str, ended_from: datetime = EndedFrom, reason: str = Reason, author: str = Author) -> None:
    """End SUBSCRIBER's link by hand from a day on; what was believed until now stays in the books."""
    with database.transaction() as connection:
        number = rooms.unlink_subscriber(
            connection, subscriber, ended_from=ended_from.date(), reason=reason, author=author or getpass.getuser()
        )
    print(f"link {number}: {subscriber} is not linked by hand from {ended_from:%Y-%m-%d}")


@group.command("clear-fraud")
def clear_fraud(subscriber: str, ended_from: datetime = EndedFrom, reason: str = Reason, author: str = Author) -> None:
    """Clear SUBSCRIBER's fraud mark by hand from a day on."""
    with database.transaction() as connection:
        number = rooms.clear_fraud_mark(
            connection, subscriber, ended_from=ended_from.date(), reason=reason, author=author or getpass.getuser()
        )
    print(f"mark {number}: {subscriber} is not marked from {ended_from:%Y-%m-%d}")


@group.command("bank-account")
def bank_account(
    counterparty: str,
    account: str = typer.Option(..., help="Twenty digits, or an IBAN."),
    bic: str = typer.Option(..., help="The bank's BIC: nine digits, or SWIFT."),
    bank: str = typer.Option(..., help="Name of the bank."),
    recipient: str = typer.Option(..., help="Name of the recipient, as the bank knows it."),
    correspondent_account: str = typer.Option(None, help="Of a Russian bank: twenty digits."),
    inn: str = typer.Option(None, help="The recipient's INN."),
    kpp: str = typer.Option(None, help="The recipient's KPP."),
    currency: str = typer.Option("RUB", help="What is paid there."),
    outlet: str = typer.Option(None, help="Only for what this outlet of it is paid."),
    valid_from: datetime = Day,
    author: str = Author,
) -> None:
    """Set where COUNTERPARTY is paid from a day on; what was there before is kept."""
    with database.transaction() as connection:
        rooms.set_bank_account(
            connection, counterparty, outlet_id=outlet, recipient=recipient, account=account, bank=bank, bic=bic,
            correspondent_account=correspondent_account, tax_number=inn, kpp=kpp, currency=currency,
            valid_from=valid_from.date(), author=author or getpass.getuser(),
        )  # fmt: skip
    whose = f"{counterparty}, outlet {outlet}" if outlet else counterparty
    print(f"{whose}: {currency} is paid to {account} at {bank} ({bic}) from {valid_from:%Y-%m-%d}")


@group.command("bulk")
def bulk(
    what: str = typer.Argument(..., help="link, unlink, mark-fraud or clear-fraud."),
    file: Path = typer.Argument(..., help="CSV or .xlsx: subscriber_id, outlet_id, valid_from, valid_to, reason."),
    reason: str = typer.Option(None, help="For rows without a reason of their own."),
    author: str = Author,
) -> None:
    """Set or end links or fraud marks by the rows of FILE: all of them, or none with each bad row named."""
    kinds: dict[str, loaders.What] = {one: one for one in get_args(loaders.What)}
    if what not in kinds:
        raise typer.BadParameter(f"'{what}' is none of {', '.join(kinds)}")
    with database.transaction() as connection:
        rows = loaders.decide_in_bulk(
            connection, file, kinds[what], reason=reason, author=author or getpass.getuser()
        )  # fmt: skip
    print(f"{file.name}: {rows} rows taken; `prm stale` says whom they concern")
