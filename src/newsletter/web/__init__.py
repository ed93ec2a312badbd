"""The two web servers. They are thin: each route parses a request, makes one call and renders a page.

desk    the editor's local preview: issues as readers will get them, updated live; this machine only
public  pages for readers (unsubscribe, preferences, web archive), and the webhook of the provider
"""
