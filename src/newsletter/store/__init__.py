"""What is remembered: SQLAlchemy Core over SQLite, and Alembic for its migrations.

    engine        opening, transactions, migrations, the stamp; the only file that knows the database
    schema        the tables
    manifest      a chunk's recipients as a few bytes
    subscribers   people, lists, subscriptions, suppressions
    editions      editions and their images, frozen
    audience      who may be mailed of a list, and who had an issue before
    campaigns     the ledger's campaigns: plan, state, tally
    chunks        the ledger's chunks: claim, record, divide, give up
    attempts      each time a chunk was handed over: names, fences, rate
    exceptions    deliveries that do not share their chunk's state

Functions take the transaction first and return values of `model`.
"""
