"""Money owed: an append-only ledger, and what is posted in it.

A transfer moves an amount from one account of a counterparty to another and is never changed; a mistake is undone by a
reversal, once. Approved rewards are posted as the difference to what was posted of them before, so that accruing,
correcting a closed period and rolling back are one thing. `docs/ledger.md` has the accounts and causes.

post_rewards(Period.parse("2026-10"), author="olga")                          # what is approved and not posted yet
roll_back(Period.parse("2026-10"), ["D00042"], reason="…", author="olga")      # the version, and what was posted of it
reverse(17, reason="posted twice", author="olga")                             # a transfer
accept_statements(Period.parse("2026-10"), ["D00042"], author="olga")          # or deemed accepted after the term
fall_due(author="olga")                                                        # what is accepted becomes payable
hold_line("2026-10/D00042/3f2a91c07be4", reason="audit", author="olga")        # or a component, or a counterparty
prepare_payouts("RUB", author="olga")                                         # what is payable becomes a batch for the bank
verify_ledger().fault is None                                                 # nobody has changed a row
"""

from settlement import payouts, settled, standing
from settlement.due import FellDue, fall_due
from settlement.holds import Hold, hold_counterparty, hold_line, hold_payout, list_holds, release
from settlement.ledger import Entry, open_period, post
from settlement.listing import Movement, Movements, movements
from settlement.payouts import (
    approve_payouts,
    cancel_payouts,
    confirm_payouts,
    export_payouts,
    list_payouts,
    prepare_payouts,
    show_payouts,
)
from settlement.reversing import reverse
from settlement.rewards import NotApprovedError, Posted, post_rewards
from settlement.rolling_back import RolledBack, roll_back
from settlement.statements import (
    accept_statements,
    answer_dispute,
    dispute_balance,
    dispute_line,
    dispute_penalty,
    list_disputes,
    list_statements,
    recall_acceptance,
)
from settlement.verifying import Fault, VerifiedLedger, verify_ledger

INVARIANTS = [*standing.INVARIANTS, *settled.INVARIANTS, *payouts.INVARIANTS]
"""What always holds of the room's tables."""

__all__ = [
    "INVARIANTS",
    "Entry",
    "Fault",
    "FellDue",
    "Hold",
    "Movement",
    "Movements",
    "NotApprovedError",
    "Posted",
    "RolledBack",
    "VerifiedLedger",
    "accept_statements",
    "answer_dispute",
    "approve_payouts",
    "cancel_payouts",
    "confirm_payouts",
    "dispute_balance",
    "dispute_line",
    "dispute_penalty",
    "export_payouts",
    "fall_due",
    "hold_counterparty",
    "hold_line",
    "hold_payout",
    "list_disputes",
    "list_holds",
    "list_payouts",
    "list_statements",
    "movements",
    "open_period",
    "payouts",
    "post",
    "post_rewards",
    "prepare_payouts",
    "recall_acceptance",
    "release",
    "reverse",
    "roll_back",
    "show_payouts",
    "verify_ledger",
]
