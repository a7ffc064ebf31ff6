"""Why an alarm exists and what to do about it: the result of rationalisation (ISA-18.2, clause 9)."""
