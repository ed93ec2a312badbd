"""Helpers for files, processes and time.

files               atomic writes, file locks, permissions
toml_files          TOML files that people write, and the line of a mistake
timestamps          milliseconds since 1970, to and from datetimes
batches             batches of equal size
processes           whether the process that holds a claim is still alive
retries             stamina, imported when something is retried
garbage_collection  settings of Python's garbage collector for work on many rows
"""
