"""The desk: a local page that shows issues as readers will get them, live while they are typed.

server             a port, uvicorn; what watches the files
browser            opens the browser, without the key in a command line
access             who may ask: this machine, with the key; to change something, this page, with its token
workspace          the publication while the desk is open: every issue's last good reading, people, the database
routes             addresses → answers
issue_list         the first page: a row for each issue
panels             the parts of an issue's page
actions            what changes something: a new issue, a test, an approval
sample_recipients  the recipients that an issue is shown to
finding_locator    where a finding is in the message

`pages/` and `static/` hold the templates, the style and the scripts: there is no build step.

State is in the page's address. A page asks `now` for everything it shows, and asks again when `events`
says that something changed; whatever is wrong then is told over the last good rendering.
"""
