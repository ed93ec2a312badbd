"""The desk: a local page that shows issues as readers will get them, live while they are typed.

server   a port, the browser, uvicorn; what watches the files
browser  opens it, without the key in a command line
guard    who may ask: this machine, with the key; to change something, this page, with its token
desk     the publication as it stands: every issue's last good reading, people, the database
routes   addresses → answers (rows, parts: the pieces of the two pages; deeds: what changes something)
people   whom an issue is shown to; spots: where a finding is in the message
pages/, static/   the templates, the style, the scripts: no build step

State is in the page's address. A page asks `now` for everything it shows, and asks again when `events`
says that something changed; whatever is wrong then is told over the last good rendering.
"""
