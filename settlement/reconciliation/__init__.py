"""Reconciliation: what the books say of a counterparty between two days, beside what the counterparty's own say.

`documents` groups the ledger to documents both sides know, `figures` keeps the counterparty's file, `matching` pairs
them, `making` stores what was found. `docs/reconciliation.md` has the rule.
"""

from settlement.reconciliation.making import Line, Reconciliation, find_reconciliation, list_reconciliations, reconcile
from settlement.reconciliation.standing import INVARIANTS

__all__ = [
    "INVARIANTS",
    "Line",
    "Reconciliation",
    "find_reconciliation",
    "list_reconciliations",
    "reconcile",
]
