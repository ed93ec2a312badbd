"""The parts of a message that differ from reader to reader.

merge_tags  {{ prenom }} and its default, and the placeholders that stand for it until a message is sent
tokens      the signed part of a link: which reader, which campaign, for which purpose
urls        addresses for readers: unsubscribe, preferences, web archive
"""
