"""Send through any mail relay, one message for each recipient.

provider    the provider: builds messages from an edition and interprets the replies
session     an SMTP session: commands, replies, deadlines
connection  open a connection: host, port, TLS, login
refusals    what a refusal is about: the mailbox, the account, or the connection
"""
