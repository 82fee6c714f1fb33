"""What tests share beside fixtures: live servers, a PostgreSQL of their own, free ports."""
