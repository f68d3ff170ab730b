"""What can go wrong with a run, beyond what every room knows."""

from __future__ import annotations

from collections.abc import Sequence

from prm.errors import PrmError, RefusedError
from schemes import ContractProblem

_SHOWN = 20


class NothingToCalculateError(RefusedError):
    """What a calculation needs is not there yet."""


class BuildError(PrmError):
    """A model failed; the message names it and the log."""


class LockedError(RefusedError):
    """Another run has the partition."""


class LeftOutError(RefusedError):
    """Contracts would be left out of the calculation, and so earn nothing. problems: which, and why."""

    def __init__(self, problems: Sequence[ContractProblem]) -> None:
        self.problems = list(problems)
        listed = "; ".join(f"{of.contract_id} ({of.counterparty_id}): {of.message.en}" for of in problems[:_SHOWN])
        more = f"; and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
        super().__init__(
            f"Nothing was published: contracts would be left out and earn nothing. {listed}{more}.",
            hint="Correct their values or their scheme, or allow it (--allow-left-out; allow_left_out in the form).",
        )
