"""Payouts: what is payable goes to the bank in batches, and comes back as paid or payable.

prepare_payouts("RUB", author="ivan")                               # payable -> in payment, in one transaction
approve_payouts(3, author="olga")                                   # nobody approves what they prepared
export_payouts(3, "pain001", Path("to_bank"), author="ivan")        # one file, the same bytes when asked again
confirm_payouts(Path("statement.xml"), author="ivan")               # in payment -> paid, or back to payable
add_up_payout("PRM-3-17").parts                                     # what a payout is made of
"""

from settlement.payouts.adding_up import AddedUp, Change, Part, add_up_payout
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
    "AddedUp",
    "Batch",
    "Change",
    "Confirmation",
    "Confirmed",
    "Decided",
    "Exported",
    "LeftOut",
    "Part",
    "Payout",
    "Prepared",
    "ShownBatch",
    "add_up_payout",
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
