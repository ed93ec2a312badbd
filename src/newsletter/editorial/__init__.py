"""Tasks of editors: review an issue, test it, approve it, start a publication.

review           read, compose and check an issue
apply_fixes      write the fixes of findings into the file
proofs           proofs, and test messages to addresses of the allow-list
approvals        approvals of editions
preflight        checks that an edition must pass before it is sent
new_publication  creation of a new publication's files (templates in `starter`)
"""
