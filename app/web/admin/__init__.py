"""The administrators' pages: accounts, groups, permissions on everything, the audit log."""
