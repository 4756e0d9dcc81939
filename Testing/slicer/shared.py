"""What costs seconds to make and no test changes: made once for all workers, by the one that needs it first."""

import os
import time
from collections.abc import Callable
from pathlib import Path

LONGEST = 300  # seconds that another worker may take


def made_once(factory, name: str, make: Callable[[Path], object]) -> Path:
    """A folder that ``make`` filled.

    Args:
        factory: ``tmp_path_factory``; its folder lies beside those of the other workers of pytest-xdist.
        name: of the folder, the same for all workers.
    """
    base = factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / f"shared-{name}"
    done, failed = folder / "made", folder / "failed"
    try:
        folder.mkdir()
    except FileExistsError:
        end = time.monotonic() + LONGEST
        while not done.exists():
            assert not failed.exists(), f"another worker could not make {name}"
            assert time.monotonic() < end, f"{name} was not made"
            time.sleep(0.05)
        return folder
    try:
        make(folder)
        done.touch()
    finally:
        if not done.exists():
            failed.touch()
    return folder
