"""Money owed: an append-only ledger, and what is posted in it.

A transfer moves an amount from one account of a counterparty to another and is never changed; a mistake is undone by a
reversal, once. Approved rewards are posted as the difference to what was posted of them before, so that accruing,
correcting a closed period and rolling back are one thing. `docs/ledger.md` has the accounts and causes.

post_rewards(Period.parse("2026-10"), author="olga")                          # what is approved and not posted yet
roll_back(Period.parse("2026-10"), ["D00042"], reason="…", author="olga")      # the version, and what was posted of it
reverse(17, reason="posted twice", author="olga")                             # a transfer
verify_ledger().fault is None                                                 # nobody has changed a row
charge_penalty(Charge("penalty", "D00042", date(2026, 10, 17), …), author="olga")  # appealed, reversed, reduced: see there
reconcile("D00042", date(2026, 7, 1), date(2026, 10, 31), author="olga")        # both sides' books, and what differs
"""

from settlement.control import Control, control_reports, sums_by_age
from settlement.evidence import Evidence, attach_evidence, evidence_of
from settlement.ledger import Entry, open_period, post, reverse
from settlement.listing import Movement, Movements, movements
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
from settlement.rewards import NotApprovedError, Posted, post_rewards
from settlement.rolling_back import RolledBack, roll_back
from settlement.standing import INVARIANTS
from settlement.verifying import Fault, VerifiedLedger, verify_ledger

__all__ = [
    "INVARIANTS",
    "Charge",
    "Control",
    "Entry",
    "Evidence",
    "Fault",
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
    "appeal_penalty",
    "attach_evidence",
    "charge_penalty",
    "control_reports",
    "evidence_of",
    "find_reconciliation",
    "list_reconciliations",
    "movements",
    "open_period",
    "post",
    "post_penalties",
    "post_rewards",
    "reconcile",
    "reduce_penalty",
    "reverse",
    "reverse_penalty",
    "roll_back",
    "sums_by_age",
    "uphold_penalty",
    "verify_ledger",
    "withdraw_appeal",
    "withdraw_penalty",
]
