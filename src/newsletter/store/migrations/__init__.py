"""Alembic's migrations; `engine.open_store` runs them."""
