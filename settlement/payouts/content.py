"""What a batch is, as a hash: all its payouts with their bank details, purposes and parts.

An approval is of this hash, and so is an export: whatever is different afterwards was not approved.
"""

from __future__ import annotations

from collections.abc import Sequence

from prm.database import Connection

CONTENT = """
    select batch, encode(sha256(convert_to(string_agg(line, E'\\n' order by payout), 'UTF8')), 'hex') as content_hash
    from (
        select batch, payout, jsonb_build_array(
            payout, counterparty_id, level, outlet_id, currency, amount, vat_amount, dated_on, end_to_end_id,
            document_number, purpose, recipient, tax_number, kpp, account, bank, bic, correspondent_account, (
                select jsonb_agg(jsonb_build_array(part, counterparty_id, contract_id, amount) order by part)
                from settlement.payout_parts where payout_parts.payout = payouts.payout
            ))::text as line
        from settlement.payouts
        where {of_batches}
    ) as lines
    group by batch
"""
"""Query of the hash of batches, made from their rows; `{of_batches}` is a condition on them."""


def content_hashes(connection: Connection, batches: Sequence[int]) -> dict[int, str]:
    """The hash of each batch (64 hexadecimal digits), made anew from its rows."""
    rows = connection.execute(CONTENT.format(of_batches="batch = any(%s)"), [list(batches)]).fetchall()
    return {row["batch"]: row["content_hash"] for row in rows}
