"""Take in subscribers from files: CSV, JSON, JSON lines, zip.

options         what an import is asked to do, and what it reports
importer        an import as a whole: survey first, then batches that each stand alone
file_reader     a file → tables (csv_tables, json_tables), its encoding found out; table: what a table is
source_formats  which program exported a file, and what its columns and states mean
layout          what each column becomes: field, attribute, nothing
opinions        columns that may say who refused
dates           dates as people write them, in one order for a column
survey          a table looked through before anything is written
row_mapping     a row → a subscriber
batch           one batch, in one transaction
rejects         refused rows, as a file to correct
"""
