"""Money owed: an append-only ledger, and what is posted in it.

A transfer moves an amount from one account of a counterparty to another and is never changed; a mistake is undone by a
reversal, once. Approved rewards are posted as the difference to what was posted of them before, so that accruing,
correcting a closed period and rolling back are one thing. `docs/ledger.md` has the accounts and causes.

post_rewards(Period.parse("2026-10"), author="olga")                          # what is approved and not posted yet
roll_back(Period.parse("2026-10"), ["D00042"], reason="…", author="olga")      # the version, and what was posted of it
reverse(17, reason="posted twice", author="olga")                             # a transfer
prepare_payouts("RUB", author="olga")                                         # what is payable becomes a batch for the bank
verify_ledger().fault is None                                                 # nobody has changed a row
"""

from settlement import payouts, standing
from settlement.ledger import Entry, open_period, post, reverse
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
from settlement.rewards import NotApprovedError, Posted, post_rewards
from settlement.rolling_back import RolledBack, roll_back
from settlement.verifying import Fault, VerifiedLedger, verify_ledger

INVARIANTS = [*standing.INVARIANTS, *payouts.INVARIANTS]
"""What always holds of the room's tables."""

__all__ = [
    "INVARIANTS",
    "Entry",
    "Fault",
    "Movement",
    "Movements",
    "NotApprovedError",
    "Posted",
    "RolledBack",
    "VerifiedLedger",
    "approve_payouts",
    "cancel_payouts",
    "confirm_payouts",
    "export_payouts",
    "list_payouts",
    "movements",
    "open_period",
    "payouts",
    "post",
    "post_rewards",
    "prepare_payouts",
    "reverse",
    "roll_back",
    "show_payouts",
    "verify_ledger",
]
