"""Where ``NACResponseLib`` lies: beside the module in a package, above it in a source checkout, else installed."""

import importlib.util
import sys
from pathlib import Path

LIBRARY = "NACResponseLib"


def libraryFolder() -> Path | None:
    """The folder that holds ``NACResponseLib``; None where neither the package nor the checkout holds it."""
    module = Path(__file__).resolve().parent.parent
    for folder in (module, module.parent):
        if (folder / LIBRARY / "__init__.py").is_file():
            return folder
    return None


def ensureLibrary() -> Path:
    """Makes ``import NACResponseLib`` work in this process.

    Returns:
        The folder that holds the library, for the PYTHONPATH of another process.

    Raises:
        ImportError: the library is nowhere to be found.
    """
    folder = libraryFolder()
    if folder is not None:
        if str(folder) not in sys.path:
            sys.path.insert(0, str(folder))
        return folder
    found = importlib.util.find_spec(LIBRARY)
    if found is None or found.origin is None:
        raise ImportError("NACResponseLib is missing: install the NACResponse extension again.")
    return Path(found.origin).resolve().parent.parent
