"""Rendering of an issue into an edition: the HTML and the text for every reader, with merge tags as placeholders.

compose          an issue → an edition
html_body        blocks → HTML (html_inline: the text inside blocks)
text_body        blocks → the plain-text part (text_wrapping: its lines)
typography       French spaces, quotes and dashes
images           preparation of pictures for mail
theme            HTML body → a whole document, through MJML (theme_options: the options that a publication may set)
mjml_validation  detection of mistakes in a theme that mrml accepts silently
html_serializer  the document as HTML for mail programs
transactional    the program's own mails: confirmations, alerts
contrast         the contrast of two colours, and the effect of a forced dark mode on a colour
"""
