"""French typography of an issue's texts.

french_rules  the rules: spaces, apostrophes, dashes, numbers, units, names
line          the rules applied to one line of text
issue         the rules applied to every text of an issue
"""
