"""Subscribers taken in, shown, changed, let go, forgotten and given back.

addresses   the one spelling of an address, quickly; what is probably a typing mistake
reading     a file as rows: CSV, JSON, JSON lines, zip; encodings and delimiters found out
origins     whose export it is, and what its states mean here
rows        a row as a person: fields by their columns, values cleaned
importing   rows to people, in batches that stand alone
rejects     what was refused, as a file to correct
exporting   everything back, as CSV, JSON lines or JSON
people      add, remove, edit, tag, show, forget, prune
"""
