"""Reading of the Markdown files that editors write: `index.md` → `Issue`. A mistake in a file becomes a finding.

issue_files          the publication's issues as files and folders
issue_names          the slug and the date in a folder's name
reader               a file → an `Issue`: front matter, blocks, the parts of a letter
salutation           detection of the salutation
conventions          patterns that identify parts of a letter: credit, postscript, title, picture name
front_matter         the fields between the two `---` (front_matter_schema: the same as a JSON schema)
markdown_parser      Markdown with merge tags, footnotes, ::: blocks and positions
block_builder        tokens → blocks (containers: the ::: blocks; inline_builder: the text inside blocks)
convert              text from other programs → an issue
"""
