"""Issue → edition: the HTML and the text that every reader gets, before names are filled in.

compose          an issue → an edition
html_body        blocks → HTML (html_inline: the text inside them)
text_body        blocks → the plain-text part (text_wrapping: its lines)
typography       French spaces, quotes and dashes
images           pictures made fit for mail
theme            HTML body → a whole document, by MJML (theme_options: what a theme lets a publication choose)
mjml_validation  what of a theme MJML would pass over silently
html_serializer  the document as mail programs need it
transactional    mails of the program's own: confirmations, alerts
contrast         the contrast of two colours, and a colour's reading in dark mode
"""
