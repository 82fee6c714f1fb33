"""Experiments, runs and what runs log, logged models and data sets: the tracking side's rules.

`runs` and `experiments` hold the verbs of their nouns; `batches` is the way by which metrics,
parameters and tags are logged together; `children` reads what hangs on many runs at once.
"""
