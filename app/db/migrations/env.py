"""Alembic's entry: runs the steps on the connection it is handed, inside the caller's transaction."""

from alembic import context

from app.db.transactions import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    transactional_ddl=False,  # the caller's transaction holds everything, on both databases
)
context.run_migrations()
