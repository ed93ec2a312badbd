"""newsletter: write an editorial newsletter in Markdown, check it, preview it, and send it exactly once.

The main steps of the program (docs/architecture.md):

    content.reader.read(path)               -> Issue      what the editor wrote, with line numbers
    rendering.compose.compose(issue, theme) -> Edition    what everybody receives; merge tags are placeholders
    checks.check(issue, edition)            -> [Finding]  what is wrong, where, and what to type instead
    campaigns.planning.plan(edition, …)     -> Campaign   edition and audience, frozen in one transaction
    campaigns.sending.dispatch(campaign)                  claim, build, submit and record each chunk
"""

__version__ = "0.1.0"
