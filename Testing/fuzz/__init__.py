"""Damaged and hostile files for every reader: ``python -m Testing.fuzz`` (``make fuzz``) says what is not refused well.

A file may give a right value or one printable line of an ``InputError``; anything else is a finding, and so are a
process that dies, 10 seconds, and 2 GB. ``corpus`` keeps the inputs that were findings once; ``test_fuzz`` reads them,
and a few new ones of every reader.
"""
