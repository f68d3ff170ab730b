import subprocess
import sys

import psutil

from scheduling.processes import end, identity, process_of


def test_a_process_is_known_again_and_a_recycled_id_is_not_mistaken_for_it():
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    known = identity(child.pid)
    assert process_of(known) == psutil.Process(child.pid)
    assert process_of(known | {"born": known["born"] - 100}) is None
    child.communicate(b"\n")
    assert process_of(known) is None


def test_what_does_not_stop_when_asked_is_ended_with_its_children():
    stubborn = (
        "import signal, subprocess, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
        "print(child.pid, flush=True); import time; time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", stubborn], stdout=subprocess.PIPE, text=True)
    child = int(parent.stdout.readline())
    end([parent.pid], grace=0.5)
    for pid in (parent.pid, child):
        assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
