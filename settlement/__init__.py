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
charge_penalty(Charge("penalty", "D00042", date(2026, 10, 17), …), author="olga")  # appealed, reversed, reduced: see there
reconcile("D00042", date(2026, 7, 1), date(2026, 10, 31), author="olga")        # both sides' books, and what differs
verify_ledger().fault is None                                                 # nobody has changed a row
"""

from settlement import payouts, reconciliation, settled, standing, standing_penalties
from settlement.control import Control, control_reports, sums_by_age
from settlement.due import FellDue, fall_due
from settlement.evidence import Evidence, attach_evidence, evidence_of
from settlement.holds import Hold, hold_counterparty, hold_line, hold_payout, list_holds, release
from settlement.ledger import Entry, open_period, post
from settlement.listing import Movement, Movements, movements
from settlement.payouts import (
    add_up_payout,
    approve_payouts,
    cancel_payouts,
    confirm_payouts,
    export_payouts,
    list_payouts,
    prepare_payouts,
    show_payouts,
)
from settlement.penalties import (
    Charge,
    Penalty,
    appeal_penalty,
    charge_penalty,
    reduce_penalty,
    reverse_penalty,
    uphold_penalty,
    withdraw_appeal,
    withdraw_penalty,
)
from settlement.posting_penalties import LeftAlone, PostedPenalties, post_penalties
from settlement.reconciliation import (
    Line,
    Reconciliation,
    find_reconciliation,
    list_reconciliations,
    reconcile,
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

INVARIANTS = [
    *standing.INVARIANTS,
    *settled.INVARIANTS,
    *standing_penalties.INVARIANTS,
    *payouts.INVARIANTS,
    *reconciliation.INVARIANTS,
]
"""What always holds of the room's tables."""

__all__ = [
    "INVARIANTS",
    "Charge",
    "Control",
    "Entry",
    "Evidence",
    "Fault",
    "FellDue",
    "Hold",
    "LeftAlone",
    "Line",
    "Movement",
    "Movements",
    "NotApprovedError",
    "Penalty",
    "Posted",
    "PostedPenalties",
    "Reconciliation",
    "RolledBack",
    "VerifiedLedger",
    "accept_statements",
    "add_up_payout",
    "answer_dispute",
    "appeal_penalty",
    "approve_payouts",
    "attach_evidence",
    "cancel_payouts",
    "charge_penalty",
    "confirm_payouts",
    "control_reports",
    "dispute_balance",
    "dispute_line",
    "dispute_penalty",
    "evidence_of",
    "export_payouts",
    "fall_due",
    "find_reconciliation",
    "hold_counterparty",
    "hold_line",
    "hold_payout",
    "list_disputes",
    "list_holds",
    "list_payouts",
    "list_reconciliations",
    "list_statements",
    "movements",
    "open_period",
    "payouts",
    "post",
    "post_penalties",
    "post_rewards",
    "prepare_payouts",
    "recall_acceptance",
    "reconcile",
    "reduce_penalty",
    "release",
    "reverse",
    "reverse_penalty",
    "roll_back",
    "show_payouts",
    "sums_by_age",
    "uphold_penalty",
    "verify_ledger",
    "withdraw_appeal",
    "withdraw_penalty",
]
