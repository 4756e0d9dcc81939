"""The run bar: one command at a time in another process, shown, cancelled, and its output on request."""

import sys
import time

import pytest


@pytest.fixture
def python(slicerApp, monkeypatch):
    """Commands for a bar: Python programs in place of the command line of NACResponseLib."""
    monkeypatch.syspath_prepend("NACResponse")
    import qt
    from NACResponseSlicer.panels.runBar import RunBar
    from NACResponseSlicer.processRunner import ConsoleProcess

    class Python:
        def __init__(self):
            self.parent, self.results, self.lines = qt.QWidget(), [], []
            self.bar = RunBar(
                self.parent, "Make it", lambda words: ConsoleProcess(words, program=[sys.executable, "-u", "-c"])
            )
            self.parent.show()

        def start(self, program):
            self.bar.start([program], self.results.append, self.lines.append)

        def until(self, condition, seconds=20):
            end = time.monotonic() + seconds
            while not condition():
                assert time.monotonic() < end, "it did not come"
                slicerApp.app.processEvents()
                time.sleep(0.01)

    python = Python()
    yield python
    python.bar.cleanup()
    python.parent.hide()


def test_a_bar_that_does_not_run_shows_its_button_alone(python):
    bar = python.bar
    assert bar.runButton.text == "Make it" and bar.runButton.enabled and not bar.running
    for widget in (bar.progressBar, bar.cancelButton, bar.messageLabel, bar.missingLabel, bar.detailsButton):
        assert not widget.visible


def test_what_is_missing_is_stated_and_the_button_waits_for_it(python):
    python.bar.setMissing(["Choose an image.", "Draw a contour."])
    assert not python.bar.runButton.enabled
    assert python.bar.missingLabel.visible and python.bar.missingLabel.text == "Choose an image.\nDraw a contour."
    python.bar.setMissing([])
    assert python.bar.runButton.enabled and not python.bar.missingLabel.visible


def test_a_run_is_busy_then_counted_then_done(python):
    bar, seen = python.bar, []
    bar.onChanged = lambda: seen.append(bar.running)
    python.start(
        "import sys, time; print('start'); time.sleep(0.6)\n"
        "print('3 of 12 patients, 1 a minute, 9 min left'); sys.stdin.read(); time.sleep(0.8)"
    )
    assert bar.running and not bar.runButton.enabled and bar.cancelButton.visible and bar.progressBar.visible
    assert (bar.progressBar.minimum, bar.progressBar.maximum) == (0, 0)
    python.until(lambda: bar.progressBar.maximum == 12)
    assert bar.progressBar.value == 3 and bar.messageLabel.text == "3 of 12 patients, 1 a minute, 9 min left"
    python.until(lambda: python.results)
    assert python.results[0].ok and python.lines[0] == "start" and seen == [True, False]
    assert bar.runButton.enabled and not bar.progressBar.visible and not bar.cancelButton.visible
    assert bar.messageLabel.text == "Done." and bar.detailsButton.visible


def test_an_error_is_one_line_and_its_output_lies_behind_details(python, slicerApp):
    python.start(
        "import sys; print('read'); print('nacresponse: expected a mask, found none: draw one', file=sys.stderr); "
        "sys.exit(2)"
    )
    python.until(lambda: python.results)
    bar = python.bar
    assert python.results[0].status == 2 and bar.messageLabel.visible
    assert bar.messageLabel.text == "Expected a mask, found none: draw one"
    bar.detailsButton.click()
    box = slicerApp.dialogs.shown[-1]
    assert box.text == bar.messageLabel.text
    assert "read" in box.detailedText and "nacresponse: expected a mask" in box.detailedText


def test_output_of_a_run_that_went_well_can_be_looked_at(python, slicerApp):
    python.start("print('all is well')")
    python.until(lambda: python.results)
    python.bar.detailsButton.click()
    box = slicerApp.dialogs.shown[-1]
    assert box.text == "Done." and box.detailedText == "all is well"


def test_cancel_ends_the_run_and_the_bar_can_run_again(python):
    bar = python.bar
    python.start("import time; print('working'); time.sleep(60)")
    python.until(lambda: bar.messageLabel.text == "working")
    bar.cancelButton.click()
    assert not bar.cancelButton.enabled and bar.messageLabel.text == "Cancelling..."
    python.until(lambda: python.results)
    assert python.results[0].cancelled and bar.messageLabel.text == "Cancelled." and bar.runButton.enabled
    python.start("print('again')")
    python.until(lambda: len(python.results) == 2)
    assert python.results[1].ok and bar.cancelButton.enabled


def test_a_run_that_ended_by_itself_just_before_cancel_counts_as_cancelled(python):
    python.start("print('quick')")
    process = python.bar._process
    process.wait()
    python.bar.cancel()
    python.bar.poll()
    assert python.results[0].cancelled and python.bar.messageLabel.text == "Cancelled."


def test_one_bar_runs_one_command_at_a_time(python):
    python.start("import time; time.sleep(60)")
    with pytest.raises(RuntimeError, match="already"):
        python.start("print('second')")


def test_a_program_that_is_not_there_is_an_error_under_the_button(slicerApp, monkeypatch):
    monkeypatch.syspath_prepend("NACResponse")
    import qt
    from NACResponseSlicer.panels.runBar import RunBar
    from NACResponseSlicer.processRunner import ConsoleProcess

    parent, results = qt.QWidget(), []
    bar = RunBar(parent, "Run", lambda words: ConsoleProcess(words, program=["no-such-program"]))
    bar.start([], results.append)
    bar.poll()
    assert not bar.running and "no-such-program could not be started" in bar.messageLabel.text
    assert results[0].status is None


def test_polling_and_cancelling_an_idle_bar_do_nothing(python):
    python.bar.poll()
    python.bar.cancel()
    assert not python.bar.running and not python.results


def test_cleaning_up_ends_what_runs_and_notifies_nobody(python):
    python.start("import time; time.sleep(60)")
    process = python.bar._process
    python.bar.cleanup()
    assert process.wait().cancelled and not python.results and not python.bar.running


@pytest.mark.slow
def test_a_step_that_does_not_tell_how_far_it_is_says_how_long_it_takes(python, monkeypatch):
    from NACResponseSlicer.panels import runBar

    monkeypatch.setattr(runBar, "SILENT_S", 0.1)
    bar = python.bar
    program = "import time; print('Reading'); time.sleep(1.2)"
    for expected in ("Reading Running for ", "The last run took 1 s."):
        python.start(program)
        python.until(lambda: expected in bar.messageLabel.text)  # noqa: B023
        python.until(lambda: not bar.running)
        bar._lastSeconds = 1.2
    python.start("import time; print('3 of 9 patients, 2 min left'); time.sleep(1)")
    python.until(lambda: "3 of 9" in bar.messageLabel.text)
    assert bar.messageLabel.text == "3 of 9 patients, 2 min left"
    python.until(lambda: not bar.running)
