"""Files in: an operator's files are checked against their contracts, converted, and registered.

`load` and `load_inbox` take files in, `read_given` reads one that a person gives; the others say what is live. A file's rows go to the lake as typed
Parquet or, each with its reason, to quarantine; a file that can't be trusted goes nowhere and says why.
"""

from loaders.by_hand import BadRow, RowsRefused, What, decide_in_bulk
from loaders.contract import Contract, contract_of, contracts
from loaders.given import GivenFile, GivenRow, read_given
from loaders.inbox import find_files, load_inbox
from loaders.loading import LoadResult, load
from loaders.looking_up import InputRow, input_row, loads_named
from loaders.refusal import REASONS, FileRefused
from loaders.register import list_loads, live_partitions, missing_files, quarantined_rows
from loaders.withdrawing import Withdrawn, withdraw

__all__ = [
    "REASONS",
    "BadRow",
    "Contract",
    "FileRefused",
    "GivenFile",
    "GivenRow",
    "InputRow",
    "LoadResult",
    "RowsRefused",
    "What",
    "Withdrawn",
    "contract_of",
    "contracts",
    "decide_in_bulk",
    "find_files",
    "input_row",
    "list_loads",
    "live_partitions",
    "load",
    "load_inbox",
    "loads_named",
    "missing_files",
    "quarantined_rows",
    "read_given",
    "withdraw",
]
