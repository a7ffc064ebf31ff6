"""Coverage, parts and claims: what was replaced, what is covered, and what was claimed already.

`service` holds the verbs for other packages, `events` what it tells them, `errors` what it refuses with.
Inside: `catalogue` (part families and numbers), `stock` (locations and movements), `fittings` (which piece
sat where, and when), `coverage` (policies) and `claims`.
"""
