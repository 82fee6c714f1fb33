"""Charts that the server draws: where each line and mark goes."""
