"""The same tasks on a real Dask cluster of separate processes."""

import os
import signal

import pytest

from NACResponseLib.cohort.cluster import run_on_cluster
from NACResponseLib.errors import InputError

from .tiny import extracted, tables, todo, written

distributed = pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def cluster():
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0", silence_logs=50
    ) as cluster:
        yield cluster


def test_a_cluster_makes_the_same_tables(cluster, cohort, expected, tmp_path):
    extracted(cohort, tmp_path / "out", lambda tasks: run_on_cluster(tasks, cluster.scheduler_address))
    assert tables(tmp_path / "out") == expected


@pytest.mark.slow
def test_a_killed_worker_of_a_cluster_costs_no_patient(cluster, cohort, expected, tmp_path):
    with distributed.Client(cluster.scheduler_address, set_as_default=False) as client:
        client.wait_for_workers(2)
        workers = list(client.run(os.getpid).values())
    running = run_on_cluster(todo(cohort, tmp_path / "out"), cluster.scheduler_address)
    outcomes = [next(running)]
    os.kill(workers[0], signal.SIGKILL)
    outcomes += running
    assert len(outcomes) == 6 and not any(outcome.failed for outcome in outcomes)
    written(cohort, tmp_path / "out", outcomes)
    assert tables(tmp_path / "out") == expected


@pytest.mark.slow
def test_no_scheduler_at_the_address_is_told(tmp_path):
    with pytest.raises(InputError, match="a Dask scheduler"):
        next(run_on_cluster([], "tcp://127.0.0.1:9", timeout_s=1))


@pytest.mark.slow
def test_a_scheduler_without_workers_is_told():
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address=":0", silence_logs=50) as empty,
        pytest.raises(InputError, match="with workers"),
    ):
        next(run_on_cluster([], empty.scheduler_address, timeout_s=1))
