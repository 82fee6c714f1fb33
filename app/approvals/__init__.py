"""What it takes to move a version: rules, requests and their decisions, checks, comments, the inbox."""
