"""Check whether everything is ready for a sending.

environment       `newsletter doctor`: files, settings, DNS, database, provider
smtp_probe        an SMTP session with the relay that sends nothing
sendgrid_trial    three messages to one's own address through SendGrid
webhook_probe     check whether SendGrid's webhook posts arrive
received_message  check the source of a test message that arrived
result            the result of a probe
"""
