"""
One patient
===========

Text.
"""

import NACResponseLib as nac

print(nac.__version__)
