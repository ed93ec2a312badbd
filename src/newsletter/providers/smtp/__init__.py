"""Send by any mail relay, one message a recipient.

provider    the provider: messages out of an edition, and what each answer means
session     one conversation with the relay: envelope, data, answers
connection  opening a connection: host, port, TLS, login
refusals    what a refusal is about: the mailbox, the message, or the account
"""
