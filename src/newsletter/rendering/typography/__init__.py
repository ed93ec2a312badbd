"""French typography.

french_rules  the rules: spaces, quotes, dashes, ordinals
line          the rules applied to one line of text
issue         the rules applied to every text of an issue
"""
