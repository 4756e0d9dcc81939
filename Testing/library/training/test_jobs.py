"""Jobs in processes of their own."""

import os
import signal

import pytest

from NACResponseLib.errors import InputError
from NACResponseLib.training.jobs import run_jobs


def added(shared, number):
    return shared + number


def killed(shared, number):
    os.kill(os.getpid(), signal.SIGKILL)


def test_every_job_has_its_result_whatever_the_number_of_workers():
    jobs = [(number,) for number in range(5)]
    for workers in (1, 2):
        assert dict(run_jobs(added, 10, jobs, workers)) == {(number,): number + 10 for number in range(5)}


def test_a_worker_that_is_killed_is_reported_in_a_sentence():
    with pytest.raises(InputError, match="fewer workers"):
        list(run_jobs(killed, None, [(0,), (1,)], 2))
