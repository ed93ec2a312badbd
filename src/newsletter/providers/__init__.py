"""Send messages through a provider. Code that is specific to one provider stays in its own package or module.

base            the interface of every provider: `build`, `submit`, its capabilities
mime            an edition as a MIME message, in which only the personal parts change
http_transport  an HTTP transport that can tell a request that was not processed from one that may have been
outbox          the provider that needs no account: it writes .eml files into a folder
smtp            the provider for any mail relay
sendgrid        the provider for SendGrid's API, which takes a thousand recipients in one request

Every provider passes tests/contract.
"""
