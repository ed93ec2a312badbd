"""Checks that ask something outside: the web, a proofreader. None runs unless it is asked for.

dead_links    links that lead nowhere (link_prober: asking each address)
proofreading  spelling and grammar (grammalecte: asking that program)
"""
