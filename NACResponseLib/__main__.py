"""``python -m NACResponseLib``: the same as the command ``nacresponse``."""

import sys

from .cli import main

sys.exit(main())
