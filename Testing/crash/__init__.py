"""Every writer stopped at each of its file operations: ``python -m Testing.crash`` (``make test-crash``).

Each is killed, and each has an operation fail as on a damaged disk. What is there afterwards must be a whole result or
none that looks whole; the same command again must end with the result of an undisturbed run, and nothing else.
"""
