"""One fault at a time, at every step of a handoff: what is lost, doubled or falsely confirmed.

`python -m tests.faults` runs all of them against the real servers and prints a table.
"""
