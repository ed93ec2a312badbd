"""Subscribers: import, show, change, unsubscribe, erase and export them.

addresses          normalise an address; find a probable typing mistake
service            add, remove, edit, tag, show, erase, prune subscribers for the operator
self_service       what readers do for themselves, by a link in a mail
lists              create a mailing list, change its opt-in
selection          find a list by its name, people by a filter or by the name of a saved segment
filter_parser      the filter language
unblocking         lift bounces for many people
confirmation_mail  mails that a reader asked for: to confirm, to see their data, to be erased
importing          import subscribers from files
exporting          export everything as CSV, JSON lines or JSON
"""
