"""Import subscribers from files: CSV, JSON, JSON lines, zip.

options         the options of an import, and its report
importer        an import as a whole: the survey first, then batches of one transaction each
file_reader     a file → tables (csv_tables, json_tables), with its encoding detected; table: the table type
source_formats  which program exported a file, and what its columns and states mean
layout          what each column becomes: a field, an attribute or nothing
opinions        columns that may say who refused the newsletter
dates           dates as people write them, with one order of day and month for a column
survey          a pass over a table before anything is written
row_mapping     a row → a subscriber
batch           one batch, in one transaction
rejects         refused rows, written to a file to correct
"""
