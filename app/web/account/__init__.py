"""The pages of a person's own account: profile, password, sessions and tokens."""
