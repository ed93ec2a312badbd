"""Conversion of text from other programs into an issue's Markdown.

converter         plain text or Markdown → the parts of an issue
file_formats      files that can be converted, and their encodings
html_to_markdown  a web page → Markdown
"""
