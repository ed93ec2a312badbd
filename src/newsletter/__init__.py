"""newsletter: write an editorial newsletter in Markdown, see what readers will get, send it once.

The straight line of the whole program, one room after the other (docs/architecture.md):

    compose.read(path)            -> Issue     what the editor wrote, with line numbers
    compose.compose(issue, theme) -> Edition   what everybody receives, merge tags still in
    checks.check(issue, edition)  -> [Finding] what is wrong, where, what to type instead
    planning.plan(store, edition) -> Campaign  edition and audience frozen, in one transaction
    dispatching.dispatch_chunk()               claim, build, submit, record
"""

__version__ = "0.1.0"
