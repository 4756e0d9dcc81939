"""Frozen models on whole cohorts: scores against outcomes, drift, and comparison with other models."""
