"""Who may do what: actors, permissions, levels, and the conditions that reads carry."""
