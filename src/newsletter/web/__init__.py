"""What answers in a browser. Thin: a request is parsed, one call is made, a page is drawn.

desk    the editor's page: an issue as every reader will get it, live; this machine only
public  what readers open: unsubscribe, preferences, web archive, and the webhook of the provider
"""
