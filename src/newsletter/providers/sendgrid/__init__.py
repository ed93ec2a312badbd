"""Send by SendGrid's API, a thousand recipients a request.

provider         the provider: requests out of an edition, and what each answer means
client           the connection, and whose account
payload          the recipients' part of a request, as JSON
account_queries  what can be asked about an account, a batch or a message
webhook_events   the events that SendGrid posts, verified and read
"""
