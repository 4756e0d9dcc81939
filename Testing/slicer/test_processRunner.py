"""Long work in another process: real processes with real children."""

import errno
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from weakref import WeakKeyDictionary

import pytest

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals and process groups of POSIX")
STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('child up', flush=True)"
child = subprocess.Popen([sys.executable, "-c", code + "; time.sleep(60)"])
print("child", child.pid, flush=True)
time.sleep(60)
"""
LEAVES_CHILD = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print("child", child.pid, flush=True)
"""
STRAY = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
print("child", child.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def runner(moduleFolder):
    from NACResponseSlicer import processRunner

    yield processRunner
    processRunner.endAll()


@pytest.fixture
def python(runner, monkeypatch):
    """Starts Python code instead of the command line."""
    monkeypatch.setattr(runner, "GRACE", 0.7)
    return lambda code, *words: runner.ConsoleProcess([code, *words], [sys.executable, "-c"])


UNREAD = WeakKeyDictionary()


def line_of(process, start, seconds=20.0):
    """Waits for a line that begins so; what follows it. Lines after it wait for the next call."""
    end = time.monotonic() + seconds
    waiting = UNREAD.setdefault(process, [])
    while time.monotonic() < end:
        waiting += process.poll().lines
        while waiting:
            line = waiting.pop(0)
            if line.startswith(start):
                return line[len(start) :].strip()
        time.sleep(0.02)
    raise AssertionError(f"no line '{start}'")


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"


def ends_soon(pid, seconds=30.0):
    end = time.monotonic() + seconds
    while is_alive(pid) and time.monotonic() < end:
        time.sleep(0.02)
    return not is_alive(pid)


@pytest.mark.slow
def test_a_command_of_the_library_runs_and_its_standard_output_is_apart(runner):
    result = runner.run(["--version"])
    assert result.ok and result.status == 0 and result.message == ""
    assert result.standardOutput.startswith("nacresponse ")


def test_an_error_of_the_command_line_is_one_sentence_without_its_prefix(runner):
    result = runner.run(["scroe"])
    assert result.status == 2 and not result.ok
    assert result.message.startswith("Expected the name of a command") and "nacresponse: " not in result.message
    assert "nacresponse: expected the name of a command" in result.output and not result.standardOutput


def test_lines_of_both_streams_and_progress_come_while_it_runs(python):
    process = python(
        "import sys, time\n"
        "print('1 of 3 patients, 10 a minute, 1 min left', file=sys.stderr, flush=True)\n"
        "print('hello', flush=True); time.sleep(1); print('3 of 3 patients, 10 a minute in 1 min', flush=True)"
    )
    line_of(process, "1 of 3")
    poll = process.poll()
    assert process.running and poll.result is None and poll.progress == (1, 3)
    result = process.wait()
    assert process.poll().progress == (3, 3) and not process.running
    assert result.ok and "hello" in result.standardOutput and "1 of 3" not in result.standardOutput
    assert "1 of 3" in result.output and process.poll().result is result and process.poll().lines == []


def test_wait_hands_on_every_line(python):
    lines = []
    python("for number in range(2000): print(number)").wait(lines.append)
    assert lines == [str(number) for number in range(2000)]


def test_text_in_all_scripts_and_bytes_that_are_no_text_arrive(python):
    words = "Größe µm³ 腫瘍 опухоль"
    result = python(
        "import sys; print(sys.argv[1], flush=True); sys.stdout.buffer.write(b'\\xff\\xfe\\n')", words
    ).wait()
    assert result.ok and result.output.splitlines()[0] == words
    assert result.output.splitlines()[1] == "\ufffd\ufffd"


def test_a_very_long_output_is_kept_to_its_end_and_holds_nothing_up(python, runner):
    result = python("for number in range(60_000): print('a line of some length', number)\nprint('x' * 300_000)").wait()
    lines = result.output.splitlines()
    assert result.ok and len(lines) == runner.MAX_LINES + 1
    kept_of_x = -(-300_000 // runner.LONGEST_LINE)
    assert f"({60_000 + kept_of_x - runner.MAX_LINES} " in lines[0]
    assert lines[-kept_of_x - 1] == "a line of some length 59999"
    assert sum(len(line) for line in lines[-kept_of_x:]) == 300_000


def test_a_program_that_is_not_there_is_named_with_the_reason(runner):
    process = runner.ConsoleProcess(["score"], ["/nowhere/PythonSlicer"])
    result = process.wait()
    assert result.status is None and not result.ok and not process.running
    assert "/nowhere/PythonSlicer" in result.message and os.strerror(errno.ENOENT) in result.message
    process.cancel()
    assert process.poll().result is result


def test_an_unexpected_end_names_the_last_line_of_the_traceback(python):
    result = python("import sys; print('1 of 2 patients', file=sys.stderr); import no_such_package").wait()
    assert result.status == 1
    assert "status 1" in result.message
    assert result.message.endswith("ModuleNotFoundError: No module named 'no_such_package'")


def test_a_silent_failure_and_a_killed_program_are_distinguished(python):
    assert "status 5" in python("raise SystemExit(5)").wait().message
    killed = python("import os, signal; os.kill(os.getpid(), signal.SIGKILL)").wait()
    assert "signal 9" in killed.message and "memory" in killed.message


def test_cancelling_ends_a_process_and_a_child_that_both_ignore_the_request(python):
    process = python(STUBBORN)
    child = int(line_of(process, "child "))
    line_of(process, "child up")
    began = time.monotonic()
    process.cancel()
    assert time.monotonic() - began < 5 and not process.running
    assert process.poll().result.cancelled and process.poll().result.message == "Cancelled."
    assert not process.poll().result.ok and ends_soon(child)


def test_cancelling_lets_the_program_tidy_up_first(python, tmp_path):
    code = (
        "import signal, sys, time, pathlib\nsignal.signal(signal.SIGTERM, signal.default_int_handler)\n"
        "try:\n    print('up', flush=True); time.sleep(60)\n"
        "except KeyboardInterrupt:\n    pathlib.Path(sys.argv[1]).write_text('tidy')"
    )
    process = python(code, str(tmp_path / "done"))
    line_of(process, "up")
    process.cancel()
    assert (tmp_path / "done").read_text() == "tidy" and process.poll().result.cancelled


def test_the_child_of_a_launcher_that_ends_at_once_can_still_tidy_up(python, tmp_path):
    child = (
        "import signal, sys, time, pathlib\nsignal.signal(signal.SIGTERM, signal.default_int_handler)\n"
        "try:\n    print('up', flush=True); time.sleep(60)\n"
        "except KeyboardInterrupt:\n    time.sleep(0.3); pathlib.Path(sys.argv[1]).write_text('tidy')"
    )
    launcher = "import subprocess, sys; subprocess.run([sys.executable, '-c', *sys.argv[1:]])"
    process = python(launcher, child, str(tmp_path / "done"))
    line_of(process, "up")
    process.cancel()
    assert (tmp_path / "done").read_text() == "tidy" and not process.running


def test_cancelling_without_waiting_returns_at_once_and_polling_states_the_end(python):
    process = python(STUBBORN)
    child = int(line_of(process, "child "))
    line_of(process, "child up")
    began = time.monotonic()
    process.cancel(wait=False)
    assert time.monotonic() - began < 0.3 and process.running
    assert process.wait(timeout=10).cancelled and ends_soon(child)


def test_children_that_outlive_the_program_are_ended_with_it(python):
    process = python(LEAVES_CHILD)
    result = process.wait()
    assert result.ok and ends_soon(int(result.output.split()[-1]))


def test_a_child_that_left_the_group_is_found_by_psutil(python):
    pytest.importorskip("psutil")
    process = python(STRAY)
    child = int(line_of(process, "child "))
    process.cancel()
    assert ends_soon(child)


def test_without_psutil_the_group_is_ended_all_the_same(python, monkeypatch):
    import importlib.util

    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *rest: None if name == "psutil" else find(name, *rest)
    )
    process = python(STUBBORN)
    child = int(line_of(process, "child "))
    process.cancel()
    assert ends_soon(child)


def test_descendants_of_a_process_that_is_gone_are_none(runner):
    from NACResponseSlicer.processTree import ProcessTree

    pytest.importorskip("psutil")
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    tree = ProcessTree(process)
    tree.ask()
    tree.kill()
    tree.endChildren()
    assert process.returncode == 0


def test_a_run_that_takes_too_long_is_ended_and_said_so(python):
    result = python("import time; time.sleep(60)").wait(timeout=0.3)
    assert result.cancelled and "0.3 seconds" in result.message


def test_an_interrupted_wait_ends_the_process(python):
    def interrupt(line):
        raise KeyboardInterrupt

    process = python("import time; print('up', flush=True); time.sleep(60)")
    with pytest.raises(KeyboardInterrupt):
        process.wait(interrupt)
    assert not process.running


def test_all_that_runs_ends_with_slicer_and_nothing_is_left_in_the_process_table(python, runner):
    processes = [python("import time; print('up', flush=True); time.sleep(60)") for _number in range(3)]
    for process in processes:
        line_of(process, "up")
    runner.endAll()
    assert not any(process.running for process in processes) and not runner._running
    assert _zombies() == []
    runner.endAll()


def test_a_process_nobody_asks_about_leaves_no_zombie_and_no_thread(python, runner):
    before = threading.active_count()
    python("print('done')")
    end = time.monotonic() + 20
    while runner._running and time.monotonic() < end:
        time.sleep(0.05)
    time.sleep(0.2)
    assert not runner._running and _zombies() == [] and threading.active_count() <= before


def _zombies():
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if state == "Z" and int(parent) == os.getpid():
            found.append(stat.parent.name)
    return found


def test_a_run_goes_with_the_interpreter_that_started_it(slicerApp, tmp_path):
    code = (
        "import sys; from Testing.slicer import fakes; fakes.install(); sys.path.insert(0, 'NACResponse')\n"
        "from NACResponseSlicer import processRunner as runner\nimport sys, time\n"
        "code = 'import os, time; print(os.getpid(), flush=True); time.sleep(60)'\n"
        "process = runner.ConsoleProcess([code], [sys.executable, '-c'])\n"
        "while not (lines := process.poll().lines): time.sleep(0.02)\nprint(*lines, flush=True)"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root, timeout=60)
    assert done.returncode == 0, done.stderr
    assert ends_soon(int(done.stdout.split()[-1]))


def test_the_child_finds_the_library_and_not_what_lies_in_the_current_folder(runner, tmp_path, monkeypatch):
    (tmp_path / "numpy.py").write_text("raise RuntimeError('not this one')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", "/somewhere/else")
    environ = runner.environment()
    folder, other = environ["PYTHONPATH"].split(os.pathsep)
    assert (Path(folder) / "NACResponseLib" / "__main__.py").is_file() and other == "/somewhere/else"
    assert environ["PATH"] == os.environ["PATH"]
    if sys.version_info >= (3, 11):
        assert runner.run(["models", "list", "--json"]).ok


def test_the_interpreter_is_slicers_python(runner, monkeypatch, tmp_path):
    assert runner.interpreter() == sys.executable
    launcher = tmp_path / "PythonSlicer"
    launcher.write_text("#!/bin/sh\n")
    launcher.chmod(0o755)
    monkeypatch.setattr(sys, "executable", "")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert runner.interpreter() == str(launcher)


def test_a_working_folder_lies_in_slicers_temporary_folder_and_goes_when_done(runner, slicerApp):
    folder = runner.workingFolder()
    path = Path(folder.name)
    assert path.is_dir() and path.parent == Path(slicerApp.app.temporaryPath)
    (path / "score.json").write_text("{}")
    folder.cleanup()
    assert not path.exists()


def test_a_signal_the_group_does_not_take_is_no_error(runner, monkeypatch):
    from NACResponseSlicer.processTree import ProcessTree

    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    ProcessTree(process).kill()
    assert process.returncode == -signal.SIGKILL
