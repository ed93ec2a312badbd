"""Subscribers taken in, shown, changed, let go, forgotten and given back.

addresses   the one spelling of an address, quickly; what is probably a typing mistake
reading     a file as rows: CSV, JSON, JSON lines, zip; encodings and delimiters found out
origins     whose export it is, and what its states mean here
rows        a row as a person: fields by their columns, values cleaned (dates: as people write them)
job         what an import is asked, is done with, and answers
importing   a file's tables, checked and then taken in, in batches that stand alone
batches     one batch, in one transaction
rejects     what was refused, as a file to correct
exporting   everything back, as CSV, JSON lines or JSON
people      add, remove, edit, tag, show, forget, prune
own         what readers do about themselves, by a link in a mail
"""
