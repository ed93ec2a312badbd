"""Subscribers: imported, shown, changed, unsubscribed, erased and exported.

addresses          the one spelling of an address; what is probably a typing mistake
service            add, remove, edit, tag, show, erase, prune
self_service       what readers do about themselves, by a link in a mail
lists              mailing lists: make one, change how one gets onto it
selection          a list by its name, people by a filter or by the name of a saved one
filter_parser      the filter language
unblocking         bounces lifted for many people
confirmation_mail  the mail that asks somebody to confirm
importing          subscribers from files
exporting          everything back, as CSV, JSON lines or JSON
"""
