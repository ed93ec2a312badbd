"""Texts for readers: the pages behind their links, and the mails that they asked for."""

SENTENCES: dict[str, tuple[str, str]] = {
    "public_home_title": ("Bienvenue", "Welcome"),
    "public_home": (
        "C’est ici que mènent les liens de {publication}. Pour toute question, écrivez à {address}.",
        "This is where the links of {publication} lead. For any question, write to {address}.",
    ),
    "public_suppressed": (
        "Cette adresse ne peut pas être remise sur une liste d’ici. Écrivez à {address}.",
        "This address cannot be put on a list again from here. Write to {address}.",
    ),
    "public_skip": ("Aller au contenu", "Skip to content"),
    "public_leave_title": ("Se désabonner", "Unsubscribe"),
    "public_leave_question": (
        "Vous ne recevrez plus « {list} » de {publication}.",
        "You will no longer receive “{list}” from {publication}.",
    ),
    "public_leave_button": ("Me désabonner", "Unsubscribe me"),
    "public_leave_all": (
        "Ne plus rien recevoir de {publication}, sur aucune liste :",
        "To receive nothing more from {publication}, on any list:",
    ),
    "public_leave_all_button": ("Me retirer de toutes les listes", "Remove me from every list"),
    "public_leave_nothing_yet": (
        "Rien n’est changé tant que vous n’avez pas appuyé.",
        "Nothing is changed until you press.",
    ),
    "public_left_title": ("C’est fait", "Done"),
    "public_left": (
        "Vous êtes désabonné·e de « {list} ». Un message déjà remis à notre prestataire peut encore arriver ; ensuite, plus aucun de cette liste ne vous sera envoyé.",
        "You have left “{list}”. A message that our provider already has may still arrive; after it, no more of this list will be sent to you.",
    ),
    "public_left_all": (
        "Vous êtes désabonné·e de toutes les listes de {publication}. Un message déjà remis à notre prestataire peut encore arriver ; ensuite, plus aucun ne vous sera envoyé.",
        "You have left every list of {publication}. A message that our provider already has may still arrive; after it, no more will be sent to you.",
    ),
    "public_mistake": ("Une erreur ? Vous pouvez revenir sur votre choix.", "A mistake? You can change your choice."),
    "public_preferences_title": ("Mes préférences", "My preferences"),
    "public_preferences_whom": (
        "Réglages de l’adresse {address}",
        "Settings of the address {address}",
    ),
    "public_lists": ("Ce que je reçois", "What I receive"),
    "public_no_lists": ("Aucune liste.", "No list."),
    "public_first_name": ("Prénom", "First name"),
    "public_last_name": ("Nom", "Last name"),
    "public_language": ("Langue des messages", "Language of messages"),
    "public_language_other": ("sans préférence", "no preference"),
    "public_save": ("Enregistrer", "Save"),
    "public_saved": ("Vos préférences sont enregistrées.", "Your preferences are saved."),
    "public_back_by_mail": (
        "Pour revenir, ouvrez le lien que nous venons d’envoyer à votre adresse : ainsi personne ne vous réabonne à votre place.",
        "To come back, open the link that we have just sent to your address: so nobody else subscribes you again.",
    ),
    "public_rights": ("Mes données", "My data"),
    "public_rights_how": (
        "Pour que personne d’autre ne le fasse à votre place, un lien est envoyé à votre adresse ; il est valable 24 heures.",
        "So that nobody else does it in your name, a link is sent to your address; it is good for 24 hours.",
    ),
    "public_data_button": ("Recevoir mes données", "Get my data"),
    "public_errand_erase_button": ("Effacer tout ce qui me concerne", "Erase everything about me"),
    "public_asked_title": ("Un message est en route", "A message is on its way"),
    "public_asked": (
        "Ouvrez le lien que nous venons d’envoyer à votre adresse. Rien n’est changé d’ici là.",
        "Open the link that we have just sent to your address. Nothing is changed until then.",
    ),
    "public_asked_before": (
        "Un lien vous a déjà été envoyé il y a peu : regardez aussi dans les indésirables. Vous pourrez en demander un autre dans dix minutes.",
        "A link was sent to you a short while ago: look among the unwanted mail too. You can ask for another one in ten minutes.",
    ),
    "public_not_sent": (
        "Le message n’a pas pu partir. Réessayez plus tard, ou écrivez à {address}.",
        "The message could not be sent. Try again later, or write to {address}.",
    ),
    "public_data_title": ("Mes données", "My data"),
    "public_data": (
        "Voici tout ce que nous gardons de vous, dans un fichier que les programmes savent lire (JSON).",
        "Here is everything that we keep about you, in a file that programs can read (JSON).",
    ),
    "public_data_download": ("Télécharger le fichier", "Download the file"),
    "public_errand_erase_title": ("Tout effacer", "Erase everything"),
    "public_errand_erase": (
        "Votre adresse, vos nom et préférences et l’histoire de votre abonnement seront effacés pour de bon. Il n’en reste qu’une empreinte, qui empêche de vous inscrire à nouveau par erreur.",
        "Your address, your name and preferences and the history of your subscription will be erased for good. Only a fingerprint stays, which keeps you from being subscribed again by mistake.",
    ),
    "public_erased": ("Tout ce qui vous concernait est effacé.", "Everything about you is erased."),
    "public_errand_confirm_title": ("Confirmer l’abonnement", "Confirm the subscription"),
    "public_errand_confirm": (
        "Vous allez recevoir « {list} » de {publication}.",
        "You will receive “{list}” from {publication}.",
    ),
    "public_errand_confirm_button": ("Confirmer mon abonnement", "Confirm my subscription"),
    "public_confirmed": ("Votre abonnement à « {list} » est confirmé.", "Your subscription to “{list}” is confirmed."),
    "public_inert_title": ("Un lien d’essai", "A link of a test"),
    "public_inert": (
        "Ce lien vient d’un aperçu ou d’un message d’essai : il montre la page, et ne change rien.",
        "This link is from a preview or a test message: it shows the page, and changes nothing.",
    ),
    "public_online_title": ("Vous lisez la version en ligne", "You are reading the online version"),
    "public_online": (
        "Elle est la même pour tout le monde. Pour vous désabonner, utilisez le lien du message que vous avez reçu, ou écrivez à {address}.",
        "It is the same for everybody. To unsubscribe, use the link in the message that you received, or write to {address}.",
    ),
    "public_unknown_title": ("Ce lien ne fonctionne pas", "This link does not work"),
    "public_unknown": (
        "Il est peut-être incomplet : copiez-le en entier depuis le message. Sinon, écrivez à {address} depuis l’adresse qui reçoit la lettre : nous vous désabonnerons.",
        "It may be incomplete: copy all of it from the message. Otherwise write to {address} from the address that receives the letter, and we will unsubscribe you.",
    ),
    "public_old_title": ("Ce lien n’est plus valable", "This link is no longer good"),
    "public_old": (
        "Il servait 24 heures, ou une seule fois. Demandez-en un autre depuis le bas d’un message.",
        "It was good for 24 hours, or once. Ask for another one at the bottom of a message.",
    ),
    "public_gone_title": ("Vous n’êtes plus dans nos fichiers", "You are not in our files any more"),
    "public_gone": (
        "Rien n’est gardé sous ce lien, et rien de plus ne vous sera envoyé.",
        "Nothing is kept under this link, and nothing more will be sent to you.",
    ),
    "public_refused_title": ("Écrivez-nous", "Write to us"),
    "public_missing_title": ("Cette page n’existe pas", "There is no such page"),
    "public_missing": ("L’adresse est peut-être incomplète.", "The address may be incomplete."),
    "public_unclear_title": ("Nous n’avons pas compris", "We did not understand"),
    "public_unclear": (
        "La demande est arrivée incomplète : revenez à la page précédente et appuyez sur un bouton.",
        "The request arrived incomplete: go back to the page before and press a button.",
    ),
    "public_trouble_title": ("Un ennui chez nous", "A trouble at our end"),
    "public_trouble": (
        "Votre demande n’a pas été enregistrée. Réessayez dans une minute, ou écrivez à {address}.",
        "Your request was not recorded. Try again in a minute, or write to {address}.",
    ),
    "public_mail_erase": ("Effacer vos données : à confirmer", "Erase your data: please confirm"),
    "public_mail_erase_why": (
        "Quelqu’un, vous sans doute, a demandé que nous effacions tout ce que nous gardons de vous.",
        "Somebody, probably you, asked us to erase everything that we keep about you.",
    ),
    "public_mail_erase_label": ("Confirmer l’effacement", "Confirm the erasure"),
    "public_mail_data": ("Vos données", "Your data"),
    "public_mail_data_why": (
        "Quelqu’un, vous sans doute, a demandé à voir tout ce que nous gardons de vous.",
        "Somebody, probably you, asked to see everything that we keep about you.",
    ),
    "public_mail_data_label": ("Voir mes données", "See my data"),
    "public_mail_confirm": ("Confirmez votre abonnement", "Confirm your subscription"),
    "public_mail_confirm_why": (
        "Quelqu’un, vous sans doute, a inscrit cette adresse à « {list} ».",
        "Somebody, probably you, subscribed this address to “{list}”.",
    ),
    "public_mail_confirm_label": ("Confirmer mon abonnement", "Confirm my subscription"),
    "public_mail_else": (
        "Si ce n’est pas vous, ne faites rien : rien ne changera. Le lien est valable {time}.",
        "If that was not you, do nothing: nothing will change. The link is valid for {time}.",
    ),
}
