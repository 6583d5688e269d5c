"""Fit on a training set, predict probabilities for texts."""
