"""How alembic runs the migrations of this package: on the connection it is given, inside its unit of work."""

from __future__ import annotations

from alembic import context

from rooms_store.guards import SCHEMA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SCHEMA,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
