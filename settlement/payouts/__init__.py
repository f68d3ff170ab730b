"""Payouts: what is payable goes to the bank in batches, and comes back as paid or payable.

prepare_payouts("RUB", author="ivan")                               # payable -> in payment, in one transaction
approve_payouts(3, author="olga")                                   # nobody approves what they prepared
export_payouts(3, "pain001", Path("to_bank"), author="ivan")        # one file, the same bytes when asked again
confirm_payouts(Path("statement.xml"), author="ivan")               # in payment -> paid, or back to payable
"""

from settlement.payouts.confirming import Confirmation, Confirmed, confirm_payouts
from settlement.payouts.deciding import Decided, approve_payouts, cancel_payouts, release, set_aside
from settlement.payouts.exporting import Exported, export_payouts
from settlement.payouts.listing import Batch, Payout, ShownBatch, amounts_of, list_payouts, show_payouts
from settlement.payouts.preparing import LeftOut, Prepared, prepare_payouts
from settlement.payouts.standing import INVARIANTS
from settlement.payouts.words import OUTCOMES, REASONS, RESULTS, STATES

__all__ = [
    "INVARIANTS",
    "OUTCOMES",
    "REASONS",
    "RESULTS",
    "STATES",
    "Batch",
    "Confirmation",
    "Confirmed",
    "Decided",
    "Exported",
    "LeftOut",
    "Payout",
    "Prepared",
    "ShownBatch",
    "amounts_of",
    "approve_payouts",
    "cancel_payouts",
    "confirm_payouts",
    "export_payouts",
    "list_payouts",
    "prepare_payouts",
    "release",
    "set_aside",
    "show_payouts",
]
