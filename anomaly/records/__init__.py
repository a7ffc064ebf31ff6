"""Record breaks: a reading that leaves, in several respects at once, everything the series has done before.

`layout` says what is learnt of a series, `kernel` scores and learns, compiled; `docs/anomaly.md` says why so.
"""
