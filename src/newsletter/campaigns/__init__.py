"""What operators do: plan a campaign, send it, pause, cancel, look.

planning          freeze an edition and its recipients
sending           hand a campaign's chunks to a provider
control           pause, resume, cancel, resolve
schedule          which campaigns are due, and which are long past their time
database_copy     a database that was put back or copied: nothing goes before the operator has decided
rescheduling      another time for a campaign that has one
dry_run           what a sending would do, without doing it
reports           a campaign's figures
status_text       the sentence about a campaign in each of its states
waiting_reasons   why a campaign waits, and until when
operator_alerts   mail to the operator
web_archive       issues as pages
"""
