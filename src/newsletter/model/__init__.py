"""Value types shared by all packages: mostly frozen dataclasses, without behaviour of their own.

issue            what the editor wrote: front matter, and blocks with their line numbers
blocks           the kinds of blocks and spans
edition          what everybody receives: subject, HTML, text, images; merge tags not yet filled
finding          what a check reports: place, severity, text to type instead
subscribers      subscribers, lists, and the status changes that a subscription allows
approval         who approved an edition for sending
segments         a filter over subscribers, as a tree
campaign         campaign, chunk, claim, and the state changes that a chunk allows
delivery         an attempt, a recipient, and a provider's possible answers
delivery_events  what a provider reports about a message after it accepted it
publication      the publication's name, sender, addresses and language
"""
