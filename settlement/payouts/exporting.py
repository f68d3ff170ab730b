"""A batch as a file for the bank: checked, written whole or not at all, registered with its hash.

A batch goes out in one format, so that no bank can pay it from two files. Asked again, the same bytes are written.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal, get_args

from prm import database, logs
from prm.database import Connection
from prm.errors import PrmError, RefusedError
from prm.fail_points import reach
from prm.operator_details import OperatorAccount, OperatorDetails, operator_details
from prm.settings import Settings, get_settings
from settlement.payouts.deciding import approval_of, batch_of, check_content
from settlement.payouts.order import Order
from settlement.payouts.posting import lock

BankFormat = Literal["pain001", "1c"]


@dataclass(frozen=True)
class Exported:
    """A file for the bank. file_hash: its SHA-256. is_new: False where the batch had been exported before."""

    batch: int
    path: Path
    format: str
    file_hash: str
    payouts: int
    amount: Decimal
    currency: str
    is_new: bool


def export_payouts(batch: int, format: str, folder: Path, *, author: str, settings: Settings | None = None) -> Exported:
    """Writes an approved batch as a file for the bank into a folder, and registers it.

    format: pain001 (ISO 20022, pain.001.001.09) or 1c (1CClientBankExchange 1.03). What was set aside is not in the file.
    Raises NotFoundError, SettingsError for the operator's own details, RefusedError where the batch is not approved as it is,
    was cancelled, was exported in another format, or has nothing left; PrmError where the format can't hold something.

        export_payouts(3, "pain001", Path("to_bank"), author="olga").path
    """
    settings = settings or get_settings()
    if format not in get_args(BankFormat):
        raise PrmError(f"'{format}' is no format for the bank.", hint=f"There are {', '.join(get_args(BankFormat))}.")
    operator = operator_details(settings)
    _folder(folder)
    with database.transaction(settings) as connection:
        lock(connection)
        one = batch_of(connection, batch)
        known = connection.execute("select * from settlement.payout_exports where batch = %s", [batch]).fetchone()
        if known and known["format"] != format:
            raise RefusedError(
                f"Batch {batch} was exported as {known['format']} on {known['exported_at']:%Y-%m-%d}: a second file could be paid, too.",
                hint="If the bank did not take it, confirm its payouts as rejected and prepare a new batch.",
            )
        approval = _approval(connection, batch)
        content = check_content(connection, one)
        if approval["content_hash"] != content:
            raise RefusedError(f"Batch {batch} is not what {approval['author']} approved.", hint="Cancel it.")
        orders = _orders(connection, batch)
        if not orders:
            raise RefusedError(f"All payouts of batch {batch} are set aside.", hint="Cancel it.")
        made_at = known["exported_at"] if known else datetime.now(UTC).replace(microsecond=0)
        writer, extension = _writer(format)
        made = writer(batch, one["dated_on"], orders, operator, operator.account_in(one["currency"]), made_at)
        file_hash = hashlib.sha256(made).hexdigest()
        path = folder / f"payouts_{batch}_{one['dated_on']}.{extension}"
        if known and known["file_hash"] != file_hash:
            raise RefusedError(
                f"The file of batch {batch} would differ from what was exported on {known['exported_at']:%Y-%m-%d}.",
                hint="The operator's own details have changed since: put the former ones back to write it again.",
            )
        amount = sum((order.amount for order in orders), Decimal(0))
        part = path.with_name(path.name + ".part")
        _write(part, made)  # before it is registered: a folder that takes no file is found now
        if not known:
            connection.execute(
                """insert into settlement.payout_exports (batch, decision, content_hash, format, file_name, file_hash,
                       payouts, amount, author, exported_at) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)""",
                [
                    batch, approval["decision"], content, format, path.name, file_hash, len(orders), amount, author,
                    made_at,
                ],
            )  # fmt: skip
    # Registered first: no file is out there that the books don't know. Killed here, the same command writes it again.
    reach("pay.exported")
    try:
        os.replace(part, path)
    except OSError as error:
        raise PrmError(
            f"{path} can't be written: {error.strerror}.",
            hint="The batch is exported: the same command writes its file.",
        ) from error
    logs.event("payouts exported", batch=batch, file=path.name, payouts=len(orders), amount=str(amount))
    return Exported(batch, path, format, file_hash, len(orders), amount, one["currency"], not known)


Writer = Callable[[int, date, list[Order], OperatorDetails, OperatorAccount, datetime], bytes]


def _writer(format: str) -> tuple[Writer, str]:
    from settlement.payouts import client_bank, pain001

    if format == "1c":
        return client_bank.write, "1c.txt"
    return pain001.write, "pain001.xml"


def _approval(connection: Connection, batch: int) -> dict:
    cancelled = connection.execute(
        "select * from settlement.payout_decisions where batch = %s and what = 'cancelled'", [batch]
    ).fetchone()
    if cancelled:
        raise RefusedError(f"Batch {batch} was cancelled by {cancelled['author']}: {cancelled['reason']}.")
    approval = approval_of(connection, batch)
    if approval is None:
        raise RefusedError(
            f"Batch {batch} is not approved.", hint="Somebody else than its preparer: prm payout approve."
        )
    return approval


def _orders(connection: Connection, batch: int) -> list[Order]:
    rows = connection.execute(
        """select payout, end_to_end_id, document_number, counterparty_id, amount, currency, purpose, recipient,
               tax_number, kpp, account, bank, bic, correspondent_account
           from settlement.payouts
           where batch = %s
             and not exists (select from settlement.payout_outcomes
                             where payout = payouts.payout and what in ('set aside', 'cancelled'))
           order by payout""",
        [batch],
    ).fetchall()
    return [Order(**row) for row in rows]


def _folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PrmError(
            f"The folder {folder} can't be made: {error.strerror}.", hint="Name another with --out."
        ) from error


def _write(part: Path, made: bytes) -> None:
    try:
        with part.open("wb") as file:
            file.write(made)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        part.unlink(missing_ok=True)
        raise PrmError(
            f"{part.parent} can't be written to: {error.strerror}.",
            hint="Nothing was exported; name another with --out.",
        ) from error
