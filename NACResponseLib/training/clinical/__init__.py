"""Models of a training table of their own: trees on clinical values, whose interval is found by simulation."""
