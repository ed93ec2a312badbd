"""The values everything else passes around: frozen, without behaviour of their own.

issue      what the editor wrote: front matter and typed blocks that know their lines
edition    what everybody receives: subject, html, text, images, merge tags still in
finding    what a check reports: where, how bad, what to type instead
people     subscribers, lists, and the moves a subscription may make
approval   who said that an edition may go out
campaign   the ledger's values: campaign, chunk, recipient, outcome, and a chunk's moves
publication  who publishes: name, sender, addresses, language
"""
