"""Storage of subscribers, lists and consent.

subscribers      finding, unsubscribing, suppressing and erasing people
upsert           adding or updating many people at once
lists            mailing lists and their counts
segments         filters as SQL, and saved segments
tags             tags on people
suppressions     strengthening, finding and lifting many suppressions
consent_journal  who subscribed or left, when, how and in which words
records          everything kept about a person
growth           how a list grew
"""
