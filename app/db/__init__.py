"""The database: transactions, statements, and what its errors mean."""
