"""Worker processes: results that do not depend on them, and what their deaths cost."""

import multiprocessing
import os
import signal

import pytest

from NACResponseLib.cohort.extraction import run_here

from .tiny import draw_or_die, draw_or_die_once, extracted, make_cohort, tables, todo, written


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_the_tables_do_not_depend_on_the_number_of_workers(cohort, expected, tmp_path, workers):
    extracted(cohort, tmp_path / "out", lambda tasks: run_here(tasks, workers))
    assert tables(tmp_path / "out") == expected


@pytest.mark.slow
def test_a_worker_that_dies_costs_its_patient_a_second_try_only(cohort, expected, tmp_path, monkeypatch):
    orders = tmp_path / "orders"
    orders.mkdir()
    (orders / "P1").touch()
    monkeypatch.setenv("TINY_DIE_ONCE", str(orders))
    outcomes = extracted(cohort, tmp_path / "out", lambda tasks: run_here(tasks, 2), draw=draw_or_die_once)
    assert not list(orders.iterdir())
    assert len(outcomes) == 6 and not any(outcome.failed for outcome in outcomes)
    assert tables(tmp_path / "out") == expected


@pytest.mark.slow
def test_a_worker_killed_from_outside_is_replaced(cohort, expected, tmp_path):
    tasks = todo(cohort, tmp_path / "out")
    running = run_here(tasks, 2)
    outcomes = [next(running)]
    victims = [process.pid for process in multiprocessing.active_children()]
    assert len(victims) == 2
    os.kill(victims[0], signal.SIGKILL)
    outcomes += running
    assert sorted(outcome.task.patient_id for outcome in outcomes) == [task.patient_id for task in tasks]
    written(cohort, tmp_path / "out", outcomes)
    assert tables(tmp_path / "out") == expected
    assert not multiprocessing.active_children()


@pytest.mark.slow
def test_a_patient_that_kills_every_worker_fails_alone(cohort, tmp_path):
    outcomes = extracted(cohort, tmp_path / "out", lambda tasks: run_here(tasks, 2), draw=draw_or_die)
    assert len(outcomes) == 6
    (failed,) = [outcome for outcome in outcomes if outcome.failed]
    assert (failed.task.patient_id, failed.stage) == ("P1", "worker")
    assert "signal 9, 2 times" in failed.reason
    assert "P1," in (tmp_path / "out" / "failures.csv").read_text(encoding="utf-8")
    assert "P1," not in (tmp_path / "out" / "cases.csv").read_text(encoding="utf-8")


def test_leaving_early_leaves_no_process_behind(cohort, tmp_path):
    running = run_here(todo(cohort, tmp_path / "out"), 2)
    next(running)
    running.close()
    assert not multiprocessing.active_children()


@pytest.mark.slow
def test_memory_stays_the_same_however_many_patients_a_worker_does(tmp_path):
    psutil = pytest.importorskip("psutil")
    cohort = make_cohort(tmp_path / "in", 26)
    resident = []
    for outcome in run_here(todo(cohort, tmp_path / "out"), 1):
        assert not outcome.failed
        children = multiprocessing.active_children()
        if children:
            memory = sum(psutil.Process(pid).memory_info().rss for pid in (children[0].pid, os.getpid()))
            resident.append(memory / 2**20)
    assert max(resident[-5:]) - max(resident[8:12]) < 8  # MiB over a dozen patients
