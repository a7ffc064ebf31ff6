"""Other people's programs that ours have to get on with: see `package.json` here."""
