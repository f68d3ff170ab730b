"""Names and functions that only some rules may use."""

INSTALMENTS = ("instalment", "instalments")
"""Names that a rule with `after` may use: which of its times this is, counted from 1, and how many there are."""
OF_WHAT_WAS_PAID = {"paid": "money", "elapsed": "number", "window": "number"}
"""Names, with their types, that a component with `claws_back` may use: what was paid, how much of the window is over,
and how long it is, both in the window's unit."""
ACTIVITIES = ("charged_within", "paid_within")
"""Functions of a number of days, on activations: what the subscriber was charged, or paid, in so many first days."""
