"""Find out whether everything is in place for a sending.

environment       `newsletter doctor`: files, settings, DNS, database, provider
smtp_probe        a conversation with the relay that sends nothing
sendgrid_trial    three messages to oneself through SendGrid
webhook_probe     whether SendGrid's posts arrive
received_message  a message that arrived, read as a mail program does
result            what a probe found
"""
