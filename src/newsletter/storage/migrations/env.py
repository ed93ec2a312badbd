"""Alembic's environment: it runs the migrations on the connection that `database.upgrade` gives."""

from alembic import context

from newsletter.storage.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
