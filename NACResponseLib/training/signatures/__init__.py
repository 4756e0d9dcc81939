"""Models that a reader can write down: logistic regression of signatures and clinical variables.

A signature is one number made of one part of the image features (a modality, a network): they are selected, and LASSO
weighs those that are left. Everything is linear on the log-odds scale, so the model is a formula and has a nomogram.
"""
