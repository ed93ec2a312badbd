"""Files, processes and time.

files               locked, private and whole files
toml_files          TOML files changed without losing a comment
timestamps          milliseconds since 1970, and moments as people read them
processes           whether the process that holds a claim is still alive
garbage_collection  Python's garbage collector, for work on many rows
"""
