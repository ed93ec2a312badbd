"""The desk: a local preview server that shows issues as readers will get them, updated while the editor types.

server             the ASGI server: port, uvicorn, file watcher
browser            opens the browser, without the key in a command line
access             access control: this machine, with the key; changes only from the desk's own page, with its token
workspace          the publication while the desk is open: last valid reading of every issue, people, database
endpoints          what answers GET requests
issue_list         the first page: a row for each issue
panels             the parts of an issue's page
actions            what answers POST requests: a new issue, a test, an approval
sample_recipients  the sample recipients for whom an issue can be shown
finding_locator    the position of a finding in the message

`pages/` and `static/` contain the templates, the style and the scripts: there is no build step.

The page's address contains its state. A page requests `now` for everything it shows, and requests it again when
`events` reports a change. If there is an error then, the page shows it above the last valid rendering.
"""
