"""Who and what: counterparties, outlets, contracts, products, their attributes, links, fraud marks, schemes.

The registry is the reference side of the books. Rows come from replace-mode files (`apply_reference`) or
are kept by hand (`set_attribute`, `unset_attribute`, `set_bank_account`, `link_subscriber`, `mark_fraud`). A run never
reads these tables while it calculates: it takes a snapshot (`export_snapshot`) and pins it.
"""

from registry.attributes import Unset, set_attribute, unset_attribute
from registry.bank_accounts import set_bank_account
from registry.by_hand import clear_fraud_mark, link_subscriber, mark_fraud, unlink_subscriber
from registry.decisions import (
    RuleDecision,
    decided_later,
    decision_on_value,
    decision_on_version,
    versions_known_on,
)
from registry.document_attributes import addresses_in, is_address
from registry.file_rules import FileRules, differs_from, file_rules
from registry.notice import coming_later
from registry.reference import REFERENCE_DATA_SETS, apply_reference
from registry.required import without_required
from registry.scheme_versions import (
    KeptVersion,
    add_library,
    add_scheme,
    kept_version,
    scheme_version,
    scheme_versions,
    unknown_of_others,
)
from registry.snapshot import SNAPSHOT_TABLES, export_snapshot
from registry.tax_statuses import TaxStatus, tax_statuses

__all__ = [
    "REFERENCE_DATA_SETS",
    "SNAPSHOT_TABLES",
    "FileRules",
    "KeptVersion",
    "RuleDecision",
    "TaxStatus",
    "Unset",
    "add_library",
    "add_scheme",
    "addresses_in",
    "apply_reference",
    "clear_fraud_mark",
    "coming_later",
    "decided_later",
    "decision_on_value",
    "decision_on_version",
    "differs_from",
    "export_snapshot",
    "file_rules",
    "is_address",
    "kept_version",
    "link_subscriber",
    "mark_fraud",
    "scheme_version",
    "scheme_versions",
    "set_attribute",
    "set_bank_account",
    "tax_statuses",
    "unknown_of_others",
    "unlink_subscriber",
    "unset_attribute",
    "versions_known_on",
    "without_required",
]
