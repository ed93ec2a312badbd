"""The values everything else passes around: frozen, without behaviour of their own.

issue            what the editor wrote: front matter and blocks that know their lines
blocks           the kinds of blocks and spans
edition          what everybody receives: subject, html, text, images, merge tags still in
finding          what a check reports: where, how bad, what to type instead
subscribers      subscribers, lists, and the changes a subscription may make
approval         who said that an edition may go out
segments         a filter over subscribers, as a tree
campaign         the ledger's values: campaign, chunk, claim, and a chunk's changes
delivery         an attempt, a recipient, and what a provider answers
delivery_events  what a provider reports about a message
publication      who publishes: name, sender, addresses, language
"""
