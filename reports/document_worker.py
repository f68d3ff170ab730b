"""A process that makes documents for `reports.workers`: orders come over a socket, outcomes go back.

It shows the moment that its starter exported, and ends when the other end of the socket does.
"""

from __future__ import annotations

import signal
import sys
import traceback
from contextlib import suppress
from multiprocessing.connection import Connection

from prm import database
from reports.making import fulfil
from reports.source import opened


def main() -> None:
    """Serves until the socket is closed. The argument is its descriptor."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes; the starter ends this one
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # tidies up on its way
    channel = Connection(int(sys.argv[1]))
    with suppress(EOFError, ConnectionError):
        settings, moment, work = channel.recv()
        try:
            with opened(settings, moment) as source, database.connect(settings, autocommit=True) as books:
                while True:
                    channel.send(fulfil(channel.recv(), source, books, work))
        except (EOFError, ConnectionError):
            raise
        except Exception as error:  # none of the others could be made, either
            error.add_note(traceback.format_exc())
            channel.send(error)


if __name__ == "__main__":
    main()
