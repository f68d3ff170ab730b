"""Calculating: inputs are pinned, dbt builds on a private database, invariants are checked, results published.

result = calculate(Period.parse("2026-10"), ["D00042"])     # a new version of one counterparty's month
roll_back(Period.parse("2026-10"), ["D00042"], reason="…")   # the version before is current again
verify(result.run_id).differences == []                       # what is published is what was calculated
close_period(Period.parse("2026-10"), "olga")                 # what its readers see never changes again
"""

from runs.aside import Aside, calculate_aside
from runs.build import OUTPUTS
from runs.calculating import Progress, RunResult, Stage, calculate, manifest_of
from runs.chains import Chain, roll_back_chain
from runs.changes import Change
from runs.closing import Missing
from runs.dbt_process import dbt
from runs.dependencies import Dependent
from runs.differing import LineDifference, RewardDifference, RunsDifference, diff
from runs.errors import (
    BuildError,
    DependedOnError,
    LeftOutError,
    LockedError,
    NotClosableError,
    NothingToCalculateError,
)
from runs.inputs import DATA_SETS, OF_FIRST_DAYS
from runs.invariants import open_tables
from runs.late_changes import closed_by_load, closed_since, explained, reaches
from runs.listing import current_versions, list_runs
from runs.missing_facts import MissingFacts
from runs.missing_rates import MissingRate
from runs.moving import move_home
from runs.opening import OpenedRun, open_run
from runs.periods import (
    Decision,
    State,
    approve_period,
    close_period,
    content_hash,
    list_periods,
    missing_to_close,
    period_decisions,
    period_state,
    withdraw_approval,
)
from runs.reasons import REASONS, reasons
from runs.rolling_back import Blockers, Move, roll_back
from runs.stale import StalePartition, calculate_stale, stale
from runs.standing import INVARIANTS
from runs.verifying import Difference, Verified, verify

__all__ = [
    "DATA_SETS",
    "INVARIANTS",
    "OF_FIRST_DAYS",
    "OUTPUTS",
    "REASONS",
    "Aside",
    "Blockers",
    "BuildError",
    "Chain",
    "Change",
    "Decision",
    "DependedOnError",
    "Dependent",
    "Difference",
    "LeftOutError",
    "LineDifference",
    "LockedError",
    "Missing",
    "MissingFacts",
    "MissingRate",
    "Move",
    "NotClosableError",
    "NothingToCalculateError",
    "OpenedRun",
    "Progress",
    "RewardDifference",
    "RunResult",
    "RunsDifference",
    "Stage",
    "StalePartition",
    "State",
    "Verified",
    "approve_period",
    "calculate",
    "calculate_aside",
    "calculate_stale",
    "close_period",
    "closed_by_load",
    "closed_since",
    "content_hash",
    "current_versions",
    "dbt",
    "diff",
    "explained",
    "list_periods",
    "list_runs",
    "manifest_of",
    "missing_to_close",
    "move_home",
    "open_run",
    "open_tables",
    "period_decisions",
    "period_state",
    "reaches",
    "reasons",
    "roll_back",
    "roll_back_chain",
    "stale",
    "verify",
    "withdraw_approval",
]
