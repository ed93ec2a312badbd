"""Read what a publication sets in newsletter.toml, .env and the environment.

settings  every setting, with its default and its description
types     the types of settings: addresses, lines of text, colours, durations
"""
