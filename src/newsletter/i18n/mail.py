"""Words that a theme and the text part put around an issue in a message."""

SENTENCES: dict[str, tuple[str, str]] = {
    "mail_read_online": ("Lire en ligne", "Read online"),
    "mail_unsubscribe": ("Se désabonner", "Unsubscribe"),
    "mail_why": (
        "Vous recevez cette lettre parce que vous êtes abonné·e à {publication}.",
        "You receive this letter because you subscribed to {publication}.",
    ),
    "mail_links": ("Liens", "Links"),
    "mail_image": ("Image", "Image"),
    "mail_labelled": ("{label} : {value}", "{label}: {value}"),
    "mail_watch": ("Voir la vidéo", "Watch the video"),
    "mail_video": ("Vidéo", "Video"),
    "mail_notes": ("Notes", "Notes"),
    "mail_note": ("Note", "Note"),
    "mail_attention": ("Attention", "Warning"),
    "mail_agenda": ("Agenda", "Events"),
    "mail_sommaire": ("Au sommaire", "In this issue"),
    "mail_number": ("nº\u00a0{number}", "no.\u00a0{number}"),
}
