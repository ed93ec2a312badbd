"""Apply what providers report about messages: delivered, bounced, complained, clicked.

processing   posts of a webhook → statuses, suppressions, evidence
result       what processing did
suppression  who is never mailed again: complaints, unsubscribes, dead mailboxes
evidence     events as proof that an attempt without an answer was taken
statistics   the status of each delivery, as its events add up
polling      ask a provider for what its webhook never posted
"""
