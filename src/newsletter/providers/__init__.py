"""Carry messages to readers. Everything particular to one provider stays in its own package or module.

base            what every provider offers: `build`, `submit`, its capabilities
mime            an edition as a MIME message, in which only the personal parts change
http_transport  HTTP that can tell a request that was certainly not processed from one that may have been
outbox          write .eml files into a folder: the provider that needs no account
smtp            any mail relay
sendgrid        SendGrid's API, which takes a thousand recipients in one request

Every provider passes tests/contract.
"""
