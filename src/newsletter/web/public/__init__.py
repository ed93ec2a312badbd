"""newsletter serve: where every link in a message leads, and every picture of it comes from.

server    listens, stops gracefully
guard     before every route: limits, headers, one line in the log
house     what the routes work with: settings, database, keys, theme's look
writer    many unsubscribes in one transaction
leaving   one click, the page with the button, preferences
errands   what is confirmed by mail: my data, erase me, confirm a subscription
reading   issues read online, pictures, health

A GET changes nothing, for scanners follow links and run scripts; a POST needs no cookie and no login, for
the token in the address is the proof (RFC 8058).
"""
