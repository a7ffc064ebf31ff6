"""The bank: what is known of every series of a gateway, in arrays, and one compiled pass over a frame.

It does what `anomaly.detectors.ew_chart` and `anomaly.scoring.monitor` do with River's objects, one series at
a time; a property test holds the two equal, bit by bit.
"""
