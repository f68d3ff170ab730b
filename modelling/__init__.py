"""What if: a month calculated otherwise, beside the books and never in them.

found = known_then(Period.parse("2026-03"), date(2026, 4, 1))   # with the rules that were known on 1 April
found.rewards                                                   # what differs from what was paid
"""

from modelling.known_then import KnownThen, known_then

__all__ = ["KnownThen", "known_then"]
