"""What is remembered: SQLAlchemy Core over SQLite, and Alembic for its migrations.

    engine        opening, transactions, migrations, the stamp; the only file that knows the database
    schema        the tables
    manifest      a chunk's recipients as a few bytes
    subscribers   people, lists, subscriptions, suppressions
    editions      editions and their images, frozen
    campaigns     the ledger's campaigns: audience, plan, tally
    chunks        the ledger's chunks: claim, record, recover, exceptions

Functions take the transaction first and return values of `model`.
"""
