"""The ledger: campaigns, their chunks, and the result of each chunk.

campaigns            plan, state and tally of a campaign
audience             people of a list who may be mailed, and people who received an issue before
manifest             the recipients of a chunk in a few bytes
chunks               adding, claiming, recording, splitting and cancelling chunks
attempts             each time a chunk was submitted to a provider
delivery_exceptions  deliveries that do not share their chunk's state
repeats              earlier campaigns of an issue that is like this one
"""
