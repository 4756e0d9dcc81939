"""Training on feature tables: harmonization, selection, oversampling and tuning, all inside each training part.

``fit_pipeline`` (``pipeline``) is the whole procedure; a ``RadiomicsRecipe`` says how it is done, a ``Table`` is what
it learns from, and ``train_on`` (``run``) repeats it on every partition and on all patients.
"""
