"""A process that is killed in mid-payout has done all of a step or none of it, and the same command goes on from there."""

import os
import signal
import subprocess
import sys

import pytest

import settlement
from prm.settings import PROJECT
from tests.books import broken
from tests.settlement.payouts.making import DAY, balances, exported, operator, prepare, rows, three_payees

_KILLED = """
import os, signal, sys
from datetime import date
from pathlib import Path
import settlement
from settlement.payouts import {room} as room

former = room.{name}
def die(*arguments, **named):
    {first}
    os.kill(os.getpid(), signal.SIGKILL)

room.{name} = die
{act}
"""


def kill(home, room, name, act, *, afterwards=False):
    first = "former(*arguments, **named)" if afterwards else "pass"
    code = _KILLED.format(room=room, name=name, act=act, first=first)
    environment = {**os.environ, "PRM_HOME": str(home.home), "PRM_DATABASE_URL": str(home.database_url)}
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, env=environment, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr


@pytest.mark.parametrize("afterwards", [False, True])
def test_preparing(home, afterwards):
    three_payees(home)
    before = balances(home, "payable")
    act = f"settlement.prepare_payouts('RUB', author='ivan', as_of=date({DAY.year}, {DAY.month}, {DAY.day}), request_key='a')"
    kill(home, "preparing", "post_parts", act, afterwards=afterwards)
    assert balances(home, "payable") == before and balances(home, "in_payment") == {}
    assert rows(home, "select count(*) from settlement.payout_batches") == [(0,)]
    assert prepare(home, request_key="a").payouts == 2 and broken(home) == []


def test_exporting(home):
    three_payees(home)
    prepare(home)
    settlement.approve_payouts(1, author="olga", settings=home)
    operator(home)
    folder = home.home / "bank"
    act = f"settlement.export_payouts(1, '1c', Path({str(folder)!r}), author='ivan')"
    kill(home, "exporting", "_write", act, afterwards=True)  # a file that is not registered is none
    assert rows(home, "select count(*) from settlement.payout_exports") == [(0,)]
    assert [path.suffix for path in folder.iterdir()] == [".part"]
    done = settlement.export_payouts(1, "1c", folder, author="ivan", settings=home)
    assert done.is_new and [path.name for path in folder.iterdir()] == [done.path.name] and broken(home) == []


@pytest.mark.parametrize("afterwards", [False, True])
def test_confirming(home, afterwards):
    three_payees(home)
    exported(home)
    file = home.home / "bank.csv"
    file.write_text("payout,outcome,value_date\n1,paid,2026-11-12\n2,paid,2026-11-12\n")
    act = f"settlement.confirm_payouts(Path({str(file)!r}), author='ivan')"
    kill(home, "confirming", "post_parts", act, afterwards=afterwards)
    assert balances(home, "paid") == {} and rows(home, "select count(*) from settlement.bank_files") == [(0,)]
    confirmed = settlement.confirm_payouts(file, author="ivan", settings=home)
    assert len(confirmed.booked("paid")) == 2 and broken(home) == []
