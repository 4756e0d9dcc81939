"""A Dask cluster whose workers come while a run goes on, and of which some have a device."""

import time
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from NACResponseLib.cohort.check import Checked, by_pool, check_here
from NACResponseLib.cohort.cluster import on_cluster, run_on_cluster
from NACResponseLib.cohort.extraction import extract, settings_for
from NACResponseLib.cohort.plan import left_of
from NACResponseLib.cohort.store import read_record
from NACResponseLib.cohort.task import run_task
from NACResponseLib.errors import InputError
from NACResponseLib.imaging.source import Source

from .tiny import draw_for_a_second, extracted, protocol_of, todo

distributed = pytest.importorskip("distributed")
pytestmark = pytest.mark.slow

WORKERS, LATE = 4, 1


def cluster_of(*resources):
    """Workers with these resources, each a process that has loaded the library."""
    options = {"nthreads": 1, "preload": ["NACResponseLib.cohort.cluster"], "silence_logs": 50}
    workers = {
        number: {"cls": distributed.Nanny, "options": {**options, "resources": each}}
        for number, each in enumerate(resources)
    }
    scheduler = {"cls": distributed.Scheduler, "options": {"dashboard": False, "port": 0, "host": "127.0.0.1"}}
    return distributed.SpecCluster(workers, scheduler, {**workers[0], "options": {**options, "resources": None}})


def idle_share(stream, present, ended):
    """The share of the time in which a worker was there and computed nothing.

    Args:
        stream: what the scheduler recorded.
        present: by worker, since when.
    """
    spans = [span for task in stream for span in task["startstops"] if span["action"] == "compute"]
    return 1 - sum(span["stop"] - span["start"] for span in spans) / sum(ended - start for start in present.values())


def test_workers_that_come_during_a_run_are_kept_busy_from_then_on(cohort, tmp_path):
    """One worker when the run begins, three more at once, a fifth after a third of the patients."""
    [task, *_] = todo(cohort, tmp_path / "out", draw=draw_for_a_second)
    tasks = [replace(task, result=task.result.with_name(f"{number}.json")) for number in range(75)]
    with cluster_of(None) as cluster, distributed.Client(cluster, set_as_default=False) as watching:
        watching.wait_for_workers(1)
        present, done = {}, 0
        with distributed.get_task_stream(watching, plot=False) as stream:
            for outcome in run_on_cluster(tasks, cluster.scheduler_address):
                done += 1
                assert not outcome.failed, outcome.reason
                if done in (1, 25):
                    cluster.scale(WORKERS + (LATE if done == 25 else 0))
                for address in watching.nthreads():
                    present.setdefault(address, time.time())
            ended = time.time()
    assert done == len(tasks) and len(present) == WORKERS + LATE
    share = idle_share(stream.data, present, ended)
    print(f"idle share {100 * share:.1f} %")
    assert share < 0.1


def test_files_and_finished_patients_are_looked_at_by_a_cluster_in_pieces(cohort, tmp_path):
    extracted(cohort, tmp_path / "out", draw=None)
    tasks = todo(cohort, tmp_path / "other", draw=None)
    for task in tasks[:3]:
        run_task(task)
    many = [replace(task, result=task.result.with_name(f"{k}.json")) for k in range(40) for task in tasks[:3]]
    for task in many[:-1]:
        task.result.write_bytes(tasks[0].result.read_bytes())  # of another patient, where it is not P0's
    files = [Checked(Source(cohort.parent / name)) for name in ("CT_0.mha", "absent.mha")] * 60
    with cluster_of(None, None) as cluster:
        pool = partial(on_cluster, address=cluster.scheduler_address)
        assert by_pool(pool)(files) == check_here(files)
        assert list(left_of(many, pool)) == list(left_of(many)) != []


@pytest.mark.torch
@pytest.mark.parametrize("resources", [({"GPU": 1}, None), (None, None)], ids=["one has a device", "none has one"])
def test_networks_run_on_the_workers_that_have_a_device_or_else_on_all(weights, cohort, tmp_path, resources):
    settings = settings_for(protocol_of(cohort), ["handcrafted", "resnet10"])
    here, there = (todo(cohort, tmp_path / name, settings, None) for name in ("here", "there"))
    assert not any(one.failed for one in extract(here, settings, lambda tasks: map(run_task, tasks), "cpu"))
    with cluster_of(*resources) as cluster, distributed.Client(cluster, set_as_default=False) as watching:
        watching.wait_for_workers(2)
        info = watching.scheduler_info(n_workers=-1)["workers"]
        devices = {address for address, worker in info.items() if worker["resources"]}
        with distributed.get_task_stream(watching, plot=False) as stream:
            run = partial(run_on_cluster, address=cluster.scheduler_address)
            outcomes = list(extract(there, settings, run, None))
    assert len(outcomes) == 6 and not any(one.failed for one in outcomes), outcomes
    assert not list((tmp_path / "there" / "patients").glob("*.npz"))
    for ours, theirs in zip(here, there, strict=True):
        expected, found = (read_record(task.result)["features"] for task in (ours, theirs))
        assert found["handcrafted"] == expected["handcrafted"]
        np.testing.assert_allclose(found["resnet10"]["values"], expected["resnet10"]["values"], rtol=1e-5, atol=1e-7)
    ran = {(task["key"].rpartition("-")[0].partition("-")[0], task["worker"]) for task in stream.data}
    networks = {worker for name, worker in ran if name != "run_task"}
    assert networks == devices if devices else len(networks) == 2
    assert {name for name, _ in ran} == ({"run_task", "run_networks"} if devices else {"run_whole"})


@pytest.mark.torch
def test_patients_that_wait_for_a_device_that_goes_are_finished_by_others(weights, cohort, tmp_path):
    settings = settings_for(protocol_of(cohort), ["resnet10"])
    tasks = todo(cohort, tmp_path / "out", settings, None)
    with cluster_of({"GPU": 1}, None) as cluster, distributed.Client(cluster, set_as_default=False) as watching:
        watching.wait_for_workers(2)
        info = watching.scheduler_info(n_workers=-1)["workers"]
        [device] = [address for address, worker in info.items() if worker["resources"]]
        running = run_on_cluster(tasks, cluster.scheduler_address)
        outcomes = [next(running)]
        watching.retire_workers([device], close_workers=True)
        outcomes += running
    assert len(outcomes) == 6 and not any(one.failed for one in outcomes), outcomes
    assert not todo(cohort, tmp_path / "out", settings, None)


@pytest.mark.torch
def test_a_device_that_no_worker_has_is_told_at_once(cohort):
    with cluster_of(None) as cluster, pytest.raises(InputError, match="a Dask worker with a GPU"):
        next(run_on_cluster([], cluster.scheduler_address, device="cuda"))


def test_a_scheduler_that_goes_away_is_told(cohort, tmp_path):
    tasks = todo(cohort, tmp_path / "out", draw=draw_for_a_second)
    with cluster_of(None) as cluster:
        running = run_on_cluster(tasks, cluster.scheduler_address)
        assert not next(running).failed
        cluster.close()
        with pytest.raises(InputError, match="it went away"):
            list(running)
