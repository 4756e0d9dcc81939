"""Work in other processes."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from multiprocessing.connection import Connection

import psutil
import pytest

from NACResponseLib.errors import InputError
from NACResponseLib.execution.processes import in_processes, run_jobs


def added(shared, number):
    return shared + number


def killed(shared, number):
    os.kill(os.getpid(), signal.SIGKILL)


def refused(shared, number):
    raise InputError("an even number", f"{number}", "give another")


def faulty(shared, number):
    raise ZeroDivisionError("of the job itself")


def killed_while_it_tells(number):
    """As the kernel ends a process whose memory was short when it packed its result: a part is sent, no more."""
    Connection._send = _a_part_and_no_more
    return bytes(100_000)


def _a_part_and_no_more(connection, content, write=None):
    os.write(connection.fileno(), bytes(content)[:5000])
    os.kill(os.getpid(), signal.SIGKILL)


def asleep(shared, number):
    time.sleep(60)


def refused_or_asleep(shared, number):
    if number:
        refused(shared, number)
    asleep(shared, number)


def doubled_unless_one(number):
    if number == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return number, 2 * number


def test_every_job_has_its_result_whatever_the_number_of_workers():
    jobs = [(number,) for number in range(5)]
    for workers in (1, 2):
        assert dict(run_jobs(added, 10, jobs, workers)) == {(number,): number + 10 for number in range(5)}


@pytest.mark.parametrize("workers", [1, 2])
def test_what_a_job_refuses_is_refused(workers):
    with pytest.raises(InputError, match="an even number"):
        list(run_jobs(refused, None, [(1,), (3,)], workers))


def test_a_job_whose_process_is_killed_is_named_in_a_sentence():
    with pytest.raises(InputError, match=r"signal 9.*fewer workers"):
        list(run_jobs(killed, None, [(0,), (1,)], 2))


@pytest.mark.parametrize("workers", [1, 2])
def test_a_fault_of_a_job_is_told_as_what_it_is(workers):
    with pytest.raises(ZeroDivisionError, match="of the job itself"):
        list(run_jobs(faulty, None, [(1,), (3,)], workers))


def test_no_worker_is_left_where_a_job_failed():
    with pytest.raises(InputError):
        list(run_jobs(refused_or_asleep, None, [(1,), (0,)], 2))
    assert not multiprocessing.active_children()


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
def test_a_process_that_dies_while_it_tells_its_result_costs_that_result_alone():
    (how,) = in_processes([1], 1, killed_while_it_tells, lambda number, how: how)
    assert "signal 9" in how


@pytest.mark.slow
def test_work_that_kills_its_process_costs_nothing_else():
    found = dict(in_processes(range(4), 2, doubled_unless_one, lambda number, how: (number, how)))
    assert {n: found[n] for n in (0, 2, 3)} == {0: 0, 2: 4, 3: 6} and "signal 9" in found[1]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
def test_workers_end_at_once_with_a_parent_that_is_killed():
    code = f"import sys; sys.path[:] = {sys.path!r}\nfrom Testing.library.execution import test_processes as t\n"
    code += "if __name__ == '__main__': list(t.run_jobs(t.asleep, None, [(0,), (1,)], 2))"
    parent = subprocess.Popen([sys.executable, "-c", code])
    try:
        workers = _children(parent.pid, 2)
    finally:
        parent.kill()
        parent.wait()
    _, alive = psutil.wait_procs(workers, timeout=10)
    assert not alive


def _children(pid, count):
    for _ in range(600):
        found = [child for child in psutil.Process(pid).children() if "spawn_main" in " ".join(child.cmdline())]
        if len(found) == count:
            time.sleep(0.5)
            return found
        time.sleep(0.1)
    raise AssertionError("the workers did not start")
