"""The generator of the reference, which lies beside the pages that it fills."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "Resources" / "Documentation"
sys.path.insert(0, str(SOURCES))
