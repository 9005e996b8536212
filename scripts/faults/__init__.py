"""The fault drills: real processes of the shop, killed, starved, lied to; what was lost is counted.

`python -m scripts.faults` runs them all, `python -m scripts.faults F-03 F-14` some of them.
"""
