"""Charts of the training, comparison and validation reports as plain geometry; ``templates/chart.svg.j2`` draws them.

They are computed apart from drawing, so that each can be checked against the numbers it shows.
"""
