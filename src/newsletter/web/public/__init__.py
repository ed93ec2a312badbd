"""newsletter serve: where every link in a message leads, and every picture of it comes from.

server             listens, stops gracefully
middleware         before every route: limits, headers, one line in the log
site               what the routes work with: settings, database, keys, the theme's look
unsubscribe        one click, the page with the button, preferences
unsubscribe_queue  many unsubscribes in one transaction
confirmations      what is confirmed by mail: my data, erase me, confirm a subscription
archive            issues read online, images, health
webhooks           what the provider reports

A GET changes nothing, for scanners follow links and run scripts; a POST needs no cookie and no login, for
the token in the address is the proof (RFC 8058).
"""
