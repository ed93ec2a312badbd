"""What editors do: review an issue, test it, approve it.

review           read, compose and check an issue
apply_fixes      write what findings propose into the file
proofs           test messages to oneself and to colleagues
approvals        who said that an edition may go out
preflight        what must be true of an edition before it may be sent
new_publication  a new publication's files (starter: what is in them)
"""
