"""Sentences of the findings about the rendered message, by code."""

SENTENCES: dict[str, tuple[str, str]] = {
    "R01": (
        "Le message ne commence pas par <!doctype html> : les messageries l’afficheraient en mode ancien.",
        "The mail does not begin with <!doctype html>: mail programs would show it in quirks mode.",
    ),
    "R02": (
        "{tag} n’a pas de langue (lang) ou de sens de lecture (dir) : un lecteur d’écran lirait avec un mauvais accent.",
        "{tag} has no language (lang) or direction (dir): a screen reader would read with a wrong accent.",
    ),
    "R03": (
        "Le message n’a pas de titre : le thème doit mettre l’objet dans <mj-title>.",
        "The mail has no title: the theme must put the subject into <mj-title>.",
    ),
    "R04": (
        "Le message ne dit pas qu’il est en UTF-8 : le thème doit garder l’en-tête que MJML écrit.",
        "The mail does not say that it is UTF-8: the theme must keep the head that MJML writes.",
    ),
    "R05": (
        'Un tableau de mise en page n’a pas role="presentation" : il serait lu case par case.',
        'A layout table has no role="presentation": it would be read cell by cell.',
    ),
    "R06": (
        "Le message a {count} {count:|titre|titres} de niveau 1 : il en faut un.",
        "The mail has {count} level-1 {count:|heading|headings}: it needs one.",
    ),
    "R07": (
        "La page interdit d’agrandir, ou ne dit pas sa largeur sur téléphone.",
        "The page forbids to zoom, or does not give its width on a telephone.",
    ),
    "R08": (
        "« {tag} » n’a pas sa place dans un courriel.",
        "« {tag} » does not belong in a mail.",
    ),
    "R09": (
        "Un commentaire conditionnel pour Outlook n’est pas refermé, ou d’une forme abîmée.",
        "A conditional comment for Outlook is not closed, or of a broken form.",
    ),
    "R10": (
        "Un attribut est abîmé : « {text} ».",
        "An attribute is damaged: « {text} ».",
    ),
    "R11": (
        "« {text} » n’est pas rempli : c’est une marque de gabarit oubliée.",
        "« {text} » is not filled: a template's mark was left over.",
    ),
    "R12": (
        "Caractère de contrôle {character} dans le message : effacez-le du thème.",
        "A control character {character} in the mail: delete it from the theme.",
    ),
    "R13": (
        'Une image du thème n’a pas d’attribut alt : décrivez-la, ou écrivez alt="" pour un ornement.',
        'An image of the theme has no alt attribute: describe it, or write alt="" for an ornament.',
    ),
    "R14": (
        "Une image du thème qui sert de lien n’a pas de description ({address}).",
        "An image of the theme that is a link has no description ({address}).",
    ),
    "R15": (
        "Une image du thème n’a pas d’adresse https complète : « {address} ».",
        "An image of the theme has no full https address: « {address} ».",
    ),
    "R16": (
        "Une image n’a pas de largeur en pixels ({address}) : Outlook la montrerait en grand.",
        "An image has no width in pixels ({address}): Outlook would show it in full size.",
    ),
    "R17": (
        "« {name} » pèse encore {size} Ko une fois réduite (plus de {maximum}) : recadrez-la, ou exportez-la en JPEG.",
        "« {name} » still weighs {size} KB once shrunk (more than {maximum}): crop it, or export it as JPEG.",
    ),
    "R18": (
        "Les images pèsent {size} Mo en tout, plus de {maximum} : retirez-en, ou recadrez-les.",
        "All images together weigh {size} MB, more than {maximum}: take some out, or crop them.",
    ),
    "R20": (
        "{words} mots pour {images} {images:|image|images} : sans les images, il ne reste presque rien à lire.",
        "{words} words for {images} {images:|image|images}: without the images hardly anything is left to read.",
    ),
    "R21": (
        "Un lien du thème ne mène nulle part : « {address} ».",
        "A link of the theme leads nowhere: « {address} ».",
    ),
    "R22": (
        "Un lien du thème n’a pas de mots ({address}).",
        "A link of the theme has no words ({address}).",
    ),
    "R27": (
        "Le lien de désabonnement manque dans la partie {part} : le thème doit écrire {{{{ urls.unsubscribe_url }}}}.",
        "The link to unsubscribe is missing in the {part} part: the theme must write {{{{ urls.unsubscribe_url }}}}.",
    ),
    "R28": (
        "Le lien « Lire en ligne » manque dans l’une des deux parties : le thème doit écrire {{{{ urls.online_url }}}}.",
        "The link to read online is missing in one of the two parts: the theme must write {{{{ urls.online_url }}}}.",
    ),
    "R29": (
        "L’adresse postale de la publication manque : donnez postal_address dans newsletter.toml.",
        "The publication's postal address is missing: give postal_address in newsletter.toml.",
    ),
    "R30": (
        "Contraste de {ratio} en mode clair pour « {text} » : il faut 4,5 (3 pour un grand texte).",
        "Contrast of {ratio} in light mode for « {text} »: it takes 4.5 (3 for large text).",
    ),
    "R31": (
        "Contraste de {ratio} en mode sombre pour « {text} » : il faut 4,5 (3 pour un grand texte).",
        "Contrast of {ratio} in dark mode for « {text} »: it takes 4.5 (3 for large text).",
    ),
    "R32": (
        "Contraste de {ratio} pour « {text} » quand la messagerie inverse les couleurs (simulation).",
        "Contrast of {ratio} for « {text} » when a mail program inverts colours (a simulation).",
    ),
    "R33": (
        "Texte de {size} pixels (« {text} ») : 16 pour la lettre, 14 au moins pour le reste.",
        "Text of {size} pixels (« {text} »): 16 for the letter, at least 14 for the rest.",
    ),
    "R34": (
        "Lignes serrées ({leading}) pour « {text} » : 1,5 se lit mieux.",
        "Tight lines ({leading}) for « {text} »: 1.5 reads better.",
    ),
    "R35": (
        "Le lien « {text} » n’est pas souligné : sa couleur seule ne suffit pas.",
        "The link « {text} » is not underlined: its colour alone is not enough.",
    ),
    "R36": (
        "Paragraphe aligné « {align} » : « {text} ». À gauche, il se lit mieux.",
        "A paragraph aligned « {align} »: « {text} ». On the left it reads better.",
    ),
    "R37": (
        "Le bouton « {text} » n’a que {height} pixels de haut : un pouce en demande 24, mieux 44.",
        "The button « {text} » is only {height} pixels high: a thumb needs 24, better 44.",
    ),
    "R38": (
        "Message de {size} Ko : au-delà de {maximum}, Gmail le coupe, et le lien de désabonnement avec. Raccourcissez.",
        "A mail of {size} KB: beyond {maximum} Gmail clips it, and the way out with it. Shorten it.",
    ),
    "R39": (
        "Feuille de style de l’en-tête refusée par Gmail ({reason}) : allégez le <mj-style> du thème.",
        "The head's style sheet is refused by Gmail ({reason}): lighten the theme's <mj-style>.",
    ),
    "R40": (
        "« {text} » : les messageries ne comprennent pas ce style, retirez-le du thème.",
        "« {text} »: mail programs do not understand this style, take it out of the theme.",
    ),
    "R42": (
        "« !important » dans un style en ligne (« {text} ») : Outlook l’ignore, et le mode sombre ne peut plus rien.",
        "« !important » in an inline style (« {text} »): Outlook ignores it, and the dark mode is powerless.",
    ),
    "R43": (
        "Une ligne de la partie {part} a {length} octets, plus de {maximum} : des serveurs la couperaient. Raccourcissez l’adresse qui s’y trouve.",
        "A line of the {part} part has {length} bytes, more than {maximum}: servers would cut it. Shorten the address in it.",
    ),
    "R44": (
        "Message de {width} pixels de large : au-delà de {maximum} il déborde.",
        "A mail of {width} pixels: beyond {maximum} it overflows.",
    ),
    "R45": (
        "« {text} » n’a sa police que par l’en-tête : laposte.net et sfr.fr l’effacent.",
        "« {text} » has its font from the head only: laposte.net and sfr.fr drop it.",
    ),
    "R46": (
        "La partie texte a {words} mots, le HTML {html} : les filtres se méfient d’un tel écart.",
        "The text part has {words} words, the HTML {html}: filters distrust such a difference.",
    ),
    "R50": (
        "Espace sécable avant un signe double : « {text} ».",
        "A breaking space before a sign: « {text} ».",
    ),
    "R51": (
        "La partie {part} tient en Latin-1 : SendGrid changerait son encodage, et Gmail couperait le message.",
        "The {part} part fits Latin-1: SendGrid would change its character set, and Gmail would clip the mail.",
    ),
    "R52": (
        "Message de {size} Ko : il approche des {maximum} au-delà desquels Gmail coupe.",
        "A mail of {size} KB: it comes near the {maximum} beyond which Gmail clips.",
    ),
    "R53": (
        "Texte de {size} pixels (« {text} ») : personne ne peut le lire.",
        "Text of {size} pixels (« {text} »): nobody can read it.",
    ),
    "R54": (
        "Couleurs du thème trop proches : « {option} » ({colour}) sur « {ground} » ({ground_colour}) n’ont que {ratio} de contraste, il en faut 4,5. Changez l’une des deux sous [theme] dans newsletter.toml.",
        "Colours of the theme too close: « {option} » ({colour}) on « {ground} » ({ground_colour}) have a contrast of {ratio}, and need 4.5. Change one of them under [theme] in newsletter.toml.",
    ),
}
