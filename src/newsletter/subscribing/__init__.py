"""Subscribers taken in, shown, changed, let go, forgotten and given back.

addresses   the one spelling of an address, quickly; what is probably a typing mistake
reading     a file as rows: CSV, JSON, JSON lines, zip; encodings and delimiters found out
dialects    whose export it is, and what its columns and states mean here
importing   rows to people, in batches that stand alone; what was refused, as a file
exporting   everything back, as CSV, JSON lines or JSON
people      one person: add, remove, edit, tag, show, forget
choosing    many: segments, pages, samples, pruning, figures
"""
