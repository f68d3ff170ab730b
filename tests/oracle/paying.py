"""Whether every rule of a made-up scheme can pay: one that can't is refused, and is nothing to calculate."""

import schemes
from schemes import SchemeError


def can_pay(written: str) -> bool:
    """False only where nothing is wrong with a scheme but rules that can never pay."""
    try:
        schemes.parse(written, "made up")
    except SchemeError as error:
        hint = "Correct it, or remove the rule."
        return not all(problem.hint and problem.hint.en == hint for problem in error.problems)
    return True
