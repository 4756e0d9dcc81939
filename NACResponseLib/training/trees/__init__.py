"""Trees on feature tables: harmonization, selection, oversampling and tuning, all inside each training part.

``fit_pipeline`` (``pipeline``) is the whole procedure; a ``TreesRecipe`` says how it is done.
"""
