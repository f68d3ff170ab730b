"""Calculating: inputs are pinned, dbt builds on a private database, invariants are checked, results published.

result = calculate(Period.parse("2026-10"), ["D00042"])     # a new version of one counterparty's month
roll_back(Period.parse("2026-10"), ["D00042"], reason="…")   # the version before is current again
verify(result.run_id).differences == []                       # what is published is what was calculated
"""

from runs.build import OUTPUTS
from runs.calculating import RunResult, Stage, calculate, manifest_of
from runs.dbt_process import dbt
from runs.errors import BuildError, LeftOutError, LockedError, NothingToCalculateError
from runs.listing import current_versions, list_runs
from runs.missing_rates import MissingRate
from runs.opening import OpenedRun, open_run
from runs.reasons import REASONS, reasons
from runs.rolling_back import Move, roll_back
from runs.verifying import Difference, Verified, verify

__all__ = [
    "OUTPUTS",
    "REASONS",
    "BuildError",
    "Difference",
    "LeftOutError",
    "LockedError",
    "MissingRate",
    "Move",
    "NothingToCalculateError",
    "OpenedRun",
    "RunResult",
    "Stage",
    "Verified",
    "calculate",
    "current_versions",
    "dbt",
    "list_runs",
    "manifest_of",
    "open_run",
    "reasons",
    "roll_back",
    "verify",
]
