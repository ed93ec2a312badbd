"""The public server (newsletter serve): the target of every link in a message, and the source of its pictures.

server             the ASGI server: listening, graceful stop, routes
middleware         runs before every route: limits, headers, one line in the log
site               objects that the routes share: settings, database, keys, the theme's colours and fonts
unsubscribe        one-click unsubscribe, the page with the button, preferences
unsubscribe_queue  many unsubscribes in one transaction
confirmations      actions that a link in a mail confirms: my data, erase me, confirm a subscription
archive            web archive, images, health
webhooks           delivery events from the provider

A GET changes nothing, because scanners follow links and run scripts. A POST needs no cookie and no login, because
the token in the address is the proof (RFC 8058).
"""
