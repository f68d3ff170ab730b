"""Documents leave the house: by e-mail, and to folders and storage, as the schedule says; a journal knows what went where.

send(Period.parse("2026-10"), author="olga")      # what is due and has not arrived yet, each document once
undelivered(Period.parse("2026-10"))              # what has not, and why
recently_decided()                                # the months whose documents a schedule sends by itself
"""

from delivery.listing import Undelivered, list_deliveries, undelivered
from delivery.sending import Sent, recently_decided, send

__all__ = ["Sent", "Undelivered", "list_deliveries", "recently_decided", "send", "undelivered"]
