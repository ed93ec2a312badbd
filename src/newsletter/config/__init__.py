"""Read the settings of a publication from newsletter.toml, .env and the environment.

settings  every setting, with its default and its description
types     the types of settings: addresses, lines of text, URLs, keys, tables
"""
