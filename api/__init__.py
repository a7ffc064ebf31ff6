"""HTTP: routes, schemas, sign-in."""
