"""Subscribers taken in, shown, changed, let go, forgotten and given back.

addresses   the one spelling of an address, quickly; what is probably a typing mistake
table       what a table is; csv_tables and json_tables read one
reading     a file as tables: CSV, JSON, JSON lines, zip; encodings found out
origins     whose export it is, and what its states mean here
layout      what the columns become: fields, attributes, nothing
opinions    columns that may say who refused, by their names and cells
dates       dates as people write them, in one order for a column
survey      a table looked through before it is taken in
rows        a row as a person: values cleaned
job         what an import is asked, is done with, and answers
importing   a file's tables, checked and then taken in, in batches that stand alone
batches     one batch, in one transaction
rejects     what was refused, as a file to correct
exporting   everything back, as CSV, JSON lines or JSON
unblocking  bounces lifted for many people
people      add, remove, edit, tag, show, forget, prune
own         what readers do about themselves, by a link in a mail
"""
