"""Ctrl-C ends a run at once, and the processes that work for it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SCRIPT = """
import signal
import time
from NACResponseLib.cli import main
from NACResponseLib.cli import train
from NACResponseLib.execution.processes import run_jobs
from Testing.library.training.test_interrupt import sleeping

def run(options):
    print("begins", flush=True)
    for _ in run_jobs(sleeping, 60.0, [(number,) for number in range(8)], 2):
        pass
    return 0

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs in the background of a shell ignores it
    train.run = run
    raise SystemExit(main(["train", "none", "--output", "none"]))
"""


def sleeping(seconds, number):
    """A job that nobody can wait for; it says that it runs."""
    os.write(1, f"pid {os.getpid()}\n".encode())
    time.sleep(seconds)


def alive(pid):
    try:
        return "zombie" not in Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return False


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self").exists(), reason="asks /proc which processes live")
@pytest.mark.parametrize("whole_group", [False, True], ids=["the process", "as a terminal does"])
def test_an_interrupt_ends_training_and_its_workers_within_three_seconds(tmp_path, whole_group):
    script = tmp_path / "run.py"
    script.write_text(SCRIPT, encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, str(script)], env={**os.environ, "PYTHONPATH": str(ROOT)}, cwd=ROOT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    workers = []
    for line in process.stdout:
        workers += [int(line.split()[1])] if line.startswith("pid") else []
        if len(workers) == 2:
            break
    begun = time.monotonic()
    if whole_group:
        os.killpg(process.pid, signal.SIGINT)
    else:
        process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert time.monotonic() - begun < 3
    assert process.returncode == 130 and errors.strip().splitlines()[-1] == "nacresponse: interrupted"
    assert not [pid for pid in workers if alive(pid)]
