"""Figures of the training, comparison and validation reports, by matplotlib: for a page, and as files for a paper.

``plot_...`` functions draw on the Axes that they are given and return them; ``ReportFigure`` puts one on a page or into
files. Nothing here keeps a state in pyplot.
"""
