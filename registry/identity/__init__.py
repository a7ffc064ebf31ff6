"""People, roles, sessions, tokens, invitations."""
