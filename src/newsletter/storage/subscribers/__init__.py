"""Subscribers, lists and consent.

subscribers      finding and unsubscribing people; who may never be mailed again
upsert           many people added or updated at once
lists            mailing lists and their counts
segments         a filter as SQL
tags             tags on people
suppressions     why an address is never mailed
consent_journal  who subscribed or left, when, how and in which words
records          everything kept about a person
growth           how a list grew
"""
