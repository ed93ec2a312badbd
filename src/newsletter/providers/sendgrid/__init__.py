"""Send through SendGrid's API, with up to a thousand recipients in one request.

provider         the provider: builds requests from an edition and interprets the answers
client           the HTTP client and the account
payload          the personalizations of a request, as JSON
account_queries  queries about an account, a batch or a message
webhook_events   verify and read the events that SendGrid posts
"""
