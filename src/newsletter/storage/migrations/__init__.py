"""Alembic migrations; `database.upgrade` runs them."""
