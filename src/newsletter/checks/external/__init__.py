"""Checks that use the web or an external proofreader. They run only on request.

dead_links    dead links (link_prober: requests each address)
proofreading  spelling and grammar (grammalecte: runs that program)
"""
