"""The pages of signing in, with a password or an OpenID provider, and of setting up a team."""
