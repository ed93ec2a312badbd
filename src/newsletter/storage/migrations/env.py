"""Run by Alembic: applies the migrations on the connection that `database.open_store` gives."""

from alembic import context

from newsletter.storage.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
