"""Sentences about the results of `newsletter doctor`."""

SENTENCES: dict[str, tuple[str, str]] = {
    "doctor_setting": ("{name} n’est pas réglé : « {value} ».", "{name} is not set: « {value} »."),
    "doctor_keys": (
        "{count} {count:|clé signe|clés signent} les liens.",
        "{count} {count:|key signs|keys sign} the links.",
    ),
    "doctor_tests": (
        "{addresses} {addresses:|adresse reçoit|adresses reçoivent} les essais.",
        "{addresses} {addresses:|address gets|addresses get} tests.",
    ),
    "doctor_no_tests": (
        "test_recipients est vide : aucun essai ne peut partir. Écrivez votre adresse entre ses crochets, dans newsletter.toml.",
        "test_recipients is empty: no test can be sent. Write your address between its brackets, in newsletter.toml.",
    ),
    "doctor_database": ("La base {url} répond.", "The database {url} answers."),
    "doctor_sqlite": ("SQLite {version} : pas de défaut connu.", "SQLite {version}: no known defect."),
    "doctor_sqlite_race": (
        "SQLite {version} a un défaut rare (corrigé dans 3.51.3) qui peut abîmer une base ouverte par plusieurs programmes : gardez des copies (newsletter db backup).",
        "SQLite {version} has a rare defect (cured in 3.51.3) that can damage a database that several programs have open: keep copies (newsletter db backup).",
    ),
    "doctor_outbox": (
        'provider = "outbox" : rien ne quitte cette machine, le reste n’est pas examiné.',
        'provider = "outbox": nothing leaves this machine, the rest is not looked at.',
    ),
    "doctor_serving": (
        "La page pour se désabonner ne répond pas : {url} ({seen}).",
        "The page to unsubscribe does not answer: {url} ({seen}).",
    ),
    "doctor_serving_good": (
        "La page pour se désabonner répond sous {url}.",
        "The page to unsubscribe answers at {url}.",
    ),
    "doctor_clock": ("L’horloge est juste.", "The clock is right."),
    "doctor_clock_wrong": ("L’horloge est fausse de {seconds} secondes.", "The clock is off by {seconds} seconds."),
    "doctor_clock_unseen": ("L’horloge n’a pas pu être comparée.", "The clock could not be compared."),
    "doctor_spf": ("SPF : {domain} dit qui peut écrire en son nom.", "SPF: {domain} says who may write in its name."),
    "doctor_spf_missing": (
        "SPF manque : {domain} n’a pas de texte « v=spf1 ».",
        "SPF is missing: {domain} has no text « v=spf1 ».",
    ),
    "doctor_spf_twice": (
        "SPF : {domain} en a deux, ce qui vaut aucun.",
        "SPF: {domain} has two, which counts as none.",
    ),
    "doctor_dkim": ("DKIM : SendGrid signe pour {domain}.", "DKIM: SendGrid signs for {domain}."),
    "doctor_dkim_missing": (
        "DKIM manque : s1._domainkey.{domain} ne mène nulle part (SendGrid, Sender Authentication).",
        "DKIM is missing: s1._domainkey.{domain} leads nowhere (SendGrid, Sender Authentication).",
    ),
    "doctor_dmarc": ("DMARC : {policy}", "DMARC: {policy}"),
    "doctor_dmarc_missing": (
        "DMARC manque : ajoutez à _dmarc.{domain} le texte « v=DMARC1; p=none ».",
        "DMARC is missing: give _dmarc.{domain} the text « v=DMARC1; p=none ».",
    ),
    "doctor_sendgrid": ("SendGrid : la clé a les droits qu’il faut.", "SendGrid: the key has the scopes it needs."),
    "doctor_sendgrid_silent": ("SendGrid ne répond pas ({reason}).", "SendGrid does not answer ({reason})."),
    "doctor_sendgrid_key": ("SendGrid refuse la clé ({reason}).", "SendGrid refuses the key ({reason})."),
    "doctor_sendgrid_scopes": ("SendGrid : il manque à la clé {missing}.", "SendGrid: the key lacks {missing}."),
    "doctor_sendgrid_logs": ("SendGrid : les journaux (Logs) répondent.", "SendGrid: Logs answer."),
    "doctor_sendgrid_sandbox": (
        "SendGrid : un message est accepté à blanc (sandbox).",
        "SendGrid: a message is accepted in the sandbox.",
    ),
    "doctor_sandbox_refused": (
        "SendGrid refuse un message à blanc ({reason}).",
        "SendGrid refuses a message in the sandbox ({reason}).",
    ),
    "trial_confirm": (
        "Trois messages vont partir vers {address}, par votre compte SendGrid. Continuer ?",
        "Three messages will go to {address}, through your SendGrid account. Go on?",
    ),
    "trial_refused": (
        "SendGrid refuse l’étape « {step} » ({reason}).",
        "SendGrid refuses the step « {step} » ({reason}).",
    ),
    "trial_fence": (
        "Deux messages annulés, « A » et « B », étaient prévus pour {at:%H:%M} UTC : aucun ne doit arriver à {address}. S’il en arrive un, ne vous fiez pas à l’annulation, et dites-le-nous.",
        "Two messages that were cancelled, “A” and “B”, were due at {at:%H:%M} UTC: none of them may reach {address}. If one does, do not trust the cancelling, and tell us.",
    ),
    "trial_logged": (
        "Les journaux (Logs) connaissent un message après {seconds} secondes.",
        "Logs know a message after {seconds} seconds.",
    ),
    "trial_credits": (
        "Ces trois messages, dont deux annulés, ont coûté {count} crédits.",
        "These three messages, of which two were cancelled, cost {count} credits.",
    ),
    "received_raw": ("Les champs personnels sont remplis tels quels.", "Merge tags are filled as they are."),
    "received_escaped": (
        "SendGrid change les caractères des champs personnels (& en &amp;amp; ?) : n’envoyez rien, et dites-le-nous.",
        "SendGrid changes the characters of merge tags (& to &amp;amp;?): send nothing, and tell us.",
    ),
    "received_header_kept": (
        "Les champs ne sont pas remplis dans les en-têtes : c’est ce que newsletter suppose.",
        "Tags are not filled in headers: that is what newsletter takes for granted.",
    ),
    "received_header_replaced": (
        "Les champs sont remplis dans les en-têtes aussi : sans conséquence, newsletter n’en met pas.",
        "Tags are filled in headers too: of no consequence, newsletter puts none there.",
    ),
    "hearing_listens": (
        "J’attends un événement de SendGrid, port {port}…",
        "Waiting for an event of SendGrid’s, port {port}…",
    ),
    "hearing_refused": (
        "SendGrid refuse d’envoyer un événement d’essai ({reason}).",
        "SendGrid refuses to send a test event ({reason}).",
    ),
    "hearing_silent": (
        "Aucun événement n’est arrivé en {seconds} secondes : {url} doit mener au port {port} de cette machine.",
        "No event arrived within {seconds} seconds: {url} must lead to port {port} of this machine.",
    ),
    "hearing_signed": (
        "L’événement est arrivé, et sa signature est celle du compte.",
        "The event arrived, signed by the account.",
    ),
    "hearing_unsigned": (
        "L’événement est arrivé sans signature valable : activez « Signed Event Webhook » chez SendGrid.",
        "The event arrived without a valid signature: enable “Signed Event Webhook” at SendGrid.",
    ),
    "hearing_once": (
        "Refusé une fois, il n’a pas été répété en {seconds} secondes.",
        "Refused once, it was not repeated within {seconds} seconds.",
    ),
    "hearing_signed_anew": ("Répété, il est signé à nouveau.", "Repeated, it is signed anew."),
    "hearing_same_signature": ("Répété, il porte la même signature.", "Repeated, it has the same signature."),
    "trial_not_logged": (
        "Les journaux (Logs) ne connaissent pas encore un message parti il y a {seconds} secondes.",
        "Logs do not know yet of a message that went out {seconds} seconds ago.",
    ),
    "received_headers": ("Les en-têtes de désabonnement sont arrivés.", "The headers to unsubscribe arrived."),
    "received_headers_missing": ("Des en-têtes se sont perdus : {names}.", "Headers were lost: {names}."),
    "received_id": ("Le Message-ID est le nôtre.", "The Message-ID is ours."),
    "received_id_replaced": (
        "Le Message-ID a été remplacé ({id}) : deux envois du même message ne se reconnaîtraient pas.",
        "The Message-ID was replaced ({id}): two copies of a message would not be recognised.",
    ),
    "received_name": ("Le nom de l’expéditeur est intact.", "The sender’s name is intact."),
    "received_name_wrong": (
        "Le nom de l’expéditeur est « {name} », et non « {wanted} ».",
        "The sender’s name is « {name} », not « {wanted} ».",
    ),
    "received_unsigned": ("Aucune signature DKIM.", "No DKIM signature."),
    "received_signed": (
        "DKIM de {domain} : les en-têtes de désabonnement sont signés.",
        "DKIM of {domain}: the headers to unsubscribe are signed.",
    ),
    "received_unsigned_headers": (
        "DKIM de {domain} ne signe pas {names} : pas de désabonnement en un clic.",
        "DKIM of {domain} does not sign {names}: no one-click unsubscribe.",
    ),
    "received_filled": ("Tous les champs personnels sont remplis.", "Every merge tag is filled."),
    "received_unfilled": ("Un champ personnel n’a pas été rempli.", "A merge tag was not filled."),
    "received_untracked": ("Aucun lien n’est détourné, aucun pixel ajouté.", "No link is rewritten, no pixel added."),
    "received_tracked": (
        "Des liens sont détournés, ou un pixel ajouté : quelqu’un suit les lecteurs.",
        "Links are rewritten, or a pixel added: somebody tracks readers.",
    ),
    "doctor_unseen_logs": ("SendGrid : pas de journaux (Logs) : {reason}.", "SendGrid: no Logs: {reason}."),
    "doctor_sendgrid_webhook": ("SendGrid : les événements sont signés.", "SendGrid: events are signed."),
    "doctor_unseen_webhook": (
        "SendGrid : la signature des événements n’est pas activée ({reason}).",
        "SendGrid: the signature of events is not enabled ({reason}).",
    ),
}
