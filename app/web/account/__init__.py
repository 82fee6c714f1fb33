"""The pages of one's own account: profile, password, sessions, tokens."""
