"""Training: one engine, and a strategy for each kind of recipe.

The engine reads a cohort (``cohort``), runs the strategy's procedure on every partition and on all patients (``run``),
writes what was found (``run_files``) and fills in the bundle (``assembly``). What differs between kinds of recipes is
asked of a ``Strategy``: trees on feature tables (``trees``), logistic models of signatures (``signatures``), trees on a
table of clinical values (``clinical``).
"""
