"""The recipe of one training set: the treatment and its controls."""
