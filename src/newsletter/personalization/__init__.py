"""What differs from reader to reader.

merge_tags  {{ prenom }} and its default, and the placeholders that stand for it until a message is sent
tokens      the signed part of those addresses: who, which message, for what
urls        addresses for readers: unsubscribe, preferences, web archive
"""
