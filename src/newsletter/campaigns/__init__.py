"""Campaign operations: plan, send, pause, cancel, reschedule, report.

planning          freeze an edition and its recipients
sending           hand a campaign's chunks to a provider
control           pause, resume, cancel, resolve
schedule          which campaigns are due, and which are overdue
database_copy     block sending from a restored or copied database until the operator decides
send_campaign     the steps from an issue file to a campaign that is sent
rescheduling      change the time of a campaign
dry_run           build everything that a send would submit, and submit nothing
reports           a campaign's figures
status_text       the sentences about a campaign in each of its states
waiting_reasons   why a campaign waits, and until when
operator_alerts   mail to the operator
web_archive       issues as web pages
"""
