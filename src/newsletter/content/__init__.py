"""issue.md → Issue: read what editors write. Whatever is wrong with a file is a finding.

issue_files          the publication's issues as files and folders
issue_names          the slug and the date in a folder's name
reader               a file → an Issue: front matter, blocks, the parts of a letter
salutation           what counts as a salutation
conventions          how the parts of a letter are told apart: credit, post-scriptum, signature
front_matter         the fields between the two --- (front_matter_schema: as a JSON schema)
markdown_parser      Markdown with merge tags, footnotes, ::: blocks and positions
block_builder        its tokens → blocks (containers: the ::: ones; inline_builder: the text in them)
convert              a text from elsewhere → an issue
"""
