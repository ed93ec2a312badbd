"""The ledger: campaigns, their chunks, and what became of each.

campaigns            plan, state and tally of a campaign
audience             who may be mailed of a list, and who received an issue before
manifest             a chunk's recipients as a few bytes
chunks               claim, record, split and give up chunks
attempts             each time a chunk was handed to a provider
delivery_exceptions  deliveries that do not share their chunk's state
repeats              campaigns of an issue that is like another one
"""
