"""Processing of the events that providers report about messages: delivered, bounced, complained, clicked.

processing   webhook posts → statuses, suppressions, evidence
result       the counts that processing returns
suppression  suppressions after complaints, unsubscribes and bounces
evidence     events as proof that an attempt without an answer was accepted
statistics   the status of each delivery, and the figures per domain
polling      query SendGrid for what its webhook did not post
"""
