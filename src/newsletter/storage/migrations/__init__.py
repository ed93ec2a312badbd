"""Alembic's migrations; `database.open_store` runs them."""
