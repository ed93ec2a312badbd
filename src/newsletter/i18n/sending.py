"""Sentences about campaigns: before, during and after the sending."""

SENTENCES: dict[str, tuple[str, str]] = {
    "send_blocked": (
        "Rien n’a été envoyé : corrigez d’abord les erreurs de « {issue} ».",
        "Nothing was sent: mend the errors of « {issue} » first.",
    ),
    "send_subject": ("Objet    « {subject} »", "Subject  « {subject} »"),
    "send_from": ("De       {sender}", "From     {sender}"),
    "send_to": (
        "À        {recipients:n} {recipients:|personne|personnes} de la liste « {list} »{segment:?, segment «»}",
        "To       {recipients:n} {recipients:|person|people} of the list « {list} »{segment:?, segment «»}",
    ),
    "send_not_to": (
        "Pas à    {excluded:n} {excluded:|autre|autres} de cette liste : {reasons}",
        "Not to   {excluded:n} {excluded:|other|others} of that list: {reasons}",
    ),
    "send_not_pending": ("{count:n} {count:|jamais confirmée|jamais confirmées}", "{count:n} never confirmed"),
    "send_not_unsubscribed": ("{count:n} {count:|désabonnée|désabonnées}", "{count:n} unsubscribed"),
    "send_not_suppressed": ("{count:n} {count:|bloquée|bloquées}", "{count:n} suppressed"),
    "send_not_already_received": (
        "{count:n} {count:|l’a déjà, ou peut-être|l’ont déjà, ou peut-être}",
        "{count:n} {count:|has|have} it already, or may have it",
    ),
    "send_now": ("Quand    tout de suite", "When     now"),
    "send_after": ("Quand    {time} après votre confirmation", "When     {time} after your confirmation"),
    "send_later": (
        "Quand    le {at:%d/%m/%Y à %H:%M} ({zone})",
        "When     on {at:%Y-%m-%d at %H:%M} ({zone})",
    ),
    "send_doubt_complete": (
        "Doute    une requête sans réponse est renvoyée, si rien ne montre qu’elle a été acceptée",
        "Doubt    a request without an answer is sent again, if nothing shows that it was accepted",
    ),
    "send_approved": (
        "Accord   {by}, le {at:%d/%m/%Y à %H:%M}",
        "Approved by {by}, on {at:%Y-%m-%d at %H:%M}",
    ),
    "send_type_number": (
        "Pour envoyer, tapez le nombre de destinataires",
        "To send, type the number of recipients",
    ),
    "send_again_confirm": (
        "L’envoyer tout de même, aussi à ceux qui l’ont déjà ?",
        "Send it all the same, also to those who have it already?",
    ),
    "send_same_subject": (
        "Même objet que l’envoi {number} (« {slug} »), avec un autre texte.",
        "The same subject as campaign {number} (« {slug} »), with another text.",
    ),
    "database_away": (
        "La base de données n’est pas disponible ({reason}). Rien n’est perdu ; l’envoi attend qu’elle revienne, et reprend de lui-même. Ctrl-C l’arrête.",
        "The database is not available ({reason}). Nothing is lost; the sending waits until it is back, and goes on by itself. Ctrl-C stops it.",
    ),
    "database_back": (
        "La base de données est revenue : l’envoi reprend.",
        "The database is back: the sending goes on.",
    ),
    "recovered_older": (
        "La base de données est plus ancienne que ce que ce dossier a noté (.newsletter-memory), ou vient d’un autre dossier. Elle est mise à jour : {what}.",
        "The database is older than what this folder noted (.newsletter-memory), or comes from another folder. It was brought up to date: {what}.",
    ),
    "recovered_crash": (
        "Noté juste avant un arrêt brutal, et appliqué maintenant : {what}.",
        "Noted just before a crash, and applied now: {what}.",
    ),
    "recovered_departures": (
        "{count:n} {count:|personne partie ou bloquée|personnes parties ou bloquées}",
        "{count:n} {count:|person who left or is blocked|people who left or are blocked}",
    ),
    "recovered_claims": (
        "{count:n} {count:|lot peut-être parti|lots peut-être partis}, en doute",
        "{count:n} {count:|chunk that may have gone out|chunks that may have gone out}, in doubt",
    ),
    "recovered_sendings": (
        "{count:n} {count:|envoi inconnu de la base|envois inconnus de la base}",
        "{count:n} {count:|sending unknown to the database|sendings unknown to the database}",
    ),
    "recovered_held": (
        "{count:n} {count:|envoi retenu|envois retenus}",
        "{count:n} {count:|campaign held|campaigns held}",
    ),
    "recovered_newcomers": (
        "des personnes ajoutées depuis n’y sont pas encore (importez de nouveau leur fichier)",
        "people who were added since are not in it yet (import their file again)",
    ),
    "recovered_nothing": ("rien n’y manquait", "nothing was missing"),
    "db_own_already": (
        "Rien à décider : ce dossier et cette base sont ceux qui envoient.",
        "Nothing to decide: this folder and this database are the ones that send.",
    ),
    "db_lost_sending": (
        "Parti de ce dossier, inconnu de la base : l’envoi {number}, « {slug} », décidé le {at:%d/%m/%Y à %H:%M}. La base ne sait plus à qui. Pour le renvoyer : --new-issue {number}",
        "Sent from this folder, unknown to the database: campaign {number}, « {slug} », planned on {at:%Y-%m-%d at %H:%M}. The database does not know its recipients any more. To send it again: --new-issue {number}",
    ),
    "db_held": (
        "Retenu : l’envoi {number}, « {slug} ». Regardez : newsletter campaigns show {number} ; puis : newsletter campaigns resume {number}, ou cancel {number}",
        "Held: campaign {number}, « {slug} ». See: newsletter campaigns show {number}; then: newsletter campaigns resume {number}, or cancel {number}",
    ),
    "db_adopt_confirm": (
        "Envoyer désormais d’ici, et de nulle part ailleurs ?",
        "Send from here from now on, and from nowhere else?",
    ),
    "db_adopted": (
        "Les envois partent désormais de ce dossier et de cette base.",
        "Campaigns are sent from this folder and this database from now on.",
    ),
    "send_changed": (
        "Le texte a changé depuis : c’est l’édition figée ({digest}) qui part, pour que tout le monde reçoive la même.",
        "The text has changed since: the frozen edition ({digest}) goes out, so that everybody gets the same.",
    ),
    "send_changed_before": (
        "Le texte a changé depuis : ce qui est parti est l’édition figée ({digest}).",
        "The text has changed since: what went out is the frozen edition ({digest}).",
    ),
    "send_orders_stand": (
        "Les options de cette commande sont sans effet : cet envoi garde celles de sa planification.",
        "The options of this command have no effect: the campaign keeps those that it was planned with.",
    ),
    "send_progress": ("Envoi", "Sending"),
    "send_stopping": (
        "Arrêt après les requêtes en cours… (Ctrl-C encore une fois : arrêt immédiat, et les requêtes en cours seront en doute)",
        "Stopping after the requests in progress… (Ctrl-C again: stop at once, and the requests in progress will be in doubt)",
    ),
    "tally": ("{accepted:n} {accepted:|remis|remis} sur {recipients:n}", "{accepted:n} of {recipients:n} handed over"),
    "tally_ready": ("{count:n} en attente", "{count:n} waiting"),
    "tally_claimed": ("{count:n} en route", "{count:n} under way"),
    "tally_in_doubt": ("{count:n} en doute", "{count:n} in doubt"),
    "tally_held": ("{count:n} {count:|retenu|retenus}", "{count:n} held"),
    "tally_rejected": ("{count:n} {count:|refusé|refusés}", "{count:n} rejected"),
    "tally_cancelled": ("{count:n} {count:|annulé|annulés}", "{count:n} cancelled"),
    "tally_skipped": ("{count:n} {count:|parti|partis} entre-temps", "{count:n} left meanwhile"),
    "send_where": (
        "Les messages sont dans {folder} : ouvrez un .eml dans votre messagerie.",
        "The messages are in {folder}: open an .eml in your mail program.",
    ),
    "campaigns_none": ("Aucun envoi.", "No campaigns."),
    "campaign_round": (" (tour {round})", " (round {round})"),
    "campaign_head": (
        "Envoi {number} : « {issue} », liste « {list} »{segment:?, segment «»}, par {provider} – {status}",
        "Campaign {number}: « {issue} », list « {list} »{segment:?, segment «»}, through {provider} – {status}",
    ),
    "campaign_planned": ("Décidé le {at:%d/%m/%Y à %H:%M}.", "Planned on {at:%Y-%m-%d at %H:%M}."),
    "campaign_chunk": (
        "  lot {sequence} : {recipients:n} {recipients:|personne|personnes}, {state} depuis le {at:%d/%m/%Y à %H:%M} ({detail})",
        "  chunk {sequence}: {recipients:n} {recipients:|person|people}, {state} since {at:%Y-%m-%d at %H:%M} ({detail})",
    ),
    "campaign_twice": (
        "  lot {sequence} : supposé perdu, mais accepté ; {recipients:n} {recipients:|personne l’a|personnes l’ont} peut-être reçu deux fois",
        "  chunk {sequence}: assumed lost, but accepted; {recipients:n} {recipients:|person|people} may have received it twice",
    ),
    "campaign_person": (
        "{email} : {state}{detail:? («»)}{reported:?, puis «» chez le destinataire}",
        "{email}: {state}{detail:? («»)}{reported:?, then «» at the recipient's}",
    ),
    "campaign_paused": ("Envoi {number} en pause.", "Campaign {number} paused."),
    "campaign_resumed": (
        "Envoi {number} : il peut repartir, dès que newsletter dispatch tourne (ou la même commande send).",
        "Campaign {number} may go on, as soon as newsletter dispatch runs (or the same send).",
    ),
    "campaign_cancel_confirm": (
        "Annuler l’envoi {number} ? {ready:n} {ready:|personne attend encore|personnes attendent encore}, {accepted:n} {accepted:|est déjà remise|sont déjà remises} au prestataire.",
        "Cancel campaign {number}? {ready:n} {ready:|person|people} still wait, {accepted:n} {accepted:|is|are} with the provider already.",
    ),
    "campaign_cancelled": ("Envoi {number} annulé.", "Campaign {number} cancelled."),
    "campaign_cancelled_stopped": (
        "{count:n} {count:|personne ne le recevra|personnes ne le recevront} pas.",
        "{count:n} {count:|person|people} will not get it.",
    ),
    "campaign_cancelled_gone": (
        "{count:n} {count:|message est déjà remis|messages sont déjà remis}, et ne se {count:|reprend|reprennent} plus.",
        "{count:n} {count:|message is|messages are} handed over already, and cannot be taken back.",
    ),
    "campaign_cancelled_too_late": (
        "Trop tard pour {count:n} {count:|autre, qui le recevra|autres, qui le recevront}.",
        "Too late for {count:n} {count:|other|others}, who will get it.",
    ),
    "campaign_cancelled_unsure": (
        "{count:n} encore en route, en doute ou {count:|retenu|retenus}.",
        "{count:n} still under way, in doubt or held.",
    ),
    "campaign_again_confirm": (
        "Renvoyer à {count:n} {count:|personne|personnes} ? Qui l’a déjà le recevra deux fois.",
        "Send again to {count:n} {count:|person|people}? Whoever has it already gets it twice.",
    ),
    "campaign_resolved": (
        "{count:n} {count:|personne|personnes} : décidé.",
        "{count:n} {count:|person|people}: decided.",
    ),
    "dispatch_nothing": ("Rien à faire.", "Nothing to do."),
    "dispatch_waiting": (
        "newsletter dispatch attend les envois. Ctrl-C pour arrêter.",
        "newsletter dispatch waits for campaigns. Ctrl-C to stop.",
    ),
    "told_rehearsal": (
        "C’est une répétition : elle ne compte pas comme reçue par vos lecteurs.",
        "It is a rehearsal: it does not count as received by your readers.",
    ),
    "told_done_subject": ("Envoi terminé : {issue}", "Campaign done: {issue}"),
    "told_done": (
        "L’envoi {number} est terminé.",
        "Campaign {number} is done.",
    ),
    "told_handed_subject": ("Envoi programmé : {issue}", "Scheduled: {issue}"),
    "told_handed": (
        "L’envoi {number} est programmé chez le prestataire, qui l’enverra le {at:%d/%m/%Y à %H:%M}.",
        "Campaign {number} is scheduled at the provider, which sends it on {at:%Y-%m-%d at %H:%M}.",
    ),
    "told_unsure_subject": ("À décider : {issue}", "To decide: {issue}"),
    "told_unsure": (
        "L’envoi {number} est resté en partie sans réponse : on ne sait pas si ces personnes l’ont reçu.",
        "Campaign {number} is partly unanswered: it is not known whether these people received it.",
    ),
    "told_held_subject": ("Envoi à confirmer : {issue}", "Campaign to confirm: {issue}"),
    "told_held": (
        "L’envoi {number} est à confirmer : il est en retard, ou la base de données a été restaurée.",
        "Campaign {number} must be confirmed: it is late, or the database was restored.",
    ),
    "stats_head": (
        "{issue} ({date:%d/%m/%Y}) : {accepted:n} remis sur {recipients:n}{status}",
        "{issue} ({date:%Y-%m-%d}): {accepted:n} of {recipients:n} handed over{status}",
    ),
    "stats_row_delivered": ("arrivés", "delivered"),
    "stats_row_deferred": ("retardés un moment", "deferred for a while"),
    "stats_row_blocked": ("refusés pour l’instant", "blocked"),
    "stats_row_bounced": ("adresses en erreur", "bounced"),
    "stats_row_dropped": ("écartés par le prestataire", "dropped by the provider"),
    "stats_row_complained": ("plaintes", "complaints"),
    "stats_row_left": ("désabonnés chez le prestataire", "left at the provider's"),
    "stats_row_clicked": ("ont cliqué", "clicked"),
    "stats_row_opened": ("ont ouvert", "opened"),
    "stats_row_machine_opened": ("ouverts par une machine", "opened by a machine"),
    "stats_row_in_doubt": ("en doute", "in doubt"),
    "stats_complaints_good": (
        "Plaintes : {rate} %, c’est bien (moins de 0,1 %).",
        "Complaints: {rate} %, which is good (below 0.1 %).",
    ),
    "stats_complaints_high": (
        "Plaintes : {rate} %, c’est trop (il faut moins de 0,1 %).",
        "Complaints: {rate} %, which is too much (it must be below 0.1 %).",
    ),
    "stats_complaints_worst": (
        "Plaintes : {rate} %. Au-delà de 0,3 %, Gmail et Yahoo refusent : ralentissez, et n’écrivez qu’à qui l’a demandé.",
        "Complaints: {rate} %. Above 0.3 % Gmail and Yahoo refuse: slow down, and write only to people who asked for it.",
    ),
    "stats_unreported": (
        "{provider} n’a rien signalé : on sait ce qui lui a été remis, pas ce qui est arrivé.",
        "{provider} has reported nothing: what was handed over is known, what arrived is not.",
    ),
    "percent": ("{value} %", "{value}%"),
    "stats_domains": ("Par domaine", "By domain"),
    "stats_before": ("Les précédents", "The ones before"),
    "events_pulled": (
        "{suppressed:n} {suppressed:|adresse bloquée|adresses bloquées} de plus, {resolved:n} {resolved:|lot éclairci|lots éclaircis}.",
        "{suppressed:n} more {suppressed:|address|addresses} suppressed, {resolved:n} {resolved:|chunk|chunks} cleared up.",
    ),
    "send_ahead": (
        "         remis à {provider} à partir de {at:%H:%M}, qui le garde jusqu’à cette heure-là : qui se désabonne entre-temps le recevra encore,\n         et {back:n} personnes au plus pourront être reprises, jusqu’à dix minutes avant",
        "         handed to {provider} from {at:%H:%M} on, who keeps it until then: whoever leaves in between still gets it,\n         and {back:n} people at most can be taken back, until ten minutes before",
    ),
    "send_held": (
        "         rien ne part avant : d’ici là, newsletter campaigns cancel arrête tout",
        "         nothing leaves before: until then newsletter campaigns cancel stops it all",
    ),
    "send_by_requests": (
        "Par      {provider}, {count:n} {count:|requête|requêtes}",
        "Through  {provider}, {count:n} {count:|request|requests}",
    ),
    "send_by_messages": (
        "Par      {provider}, {count:n} {count:|message|messages}",
        "Through  {provider}, {count:n} {count:|message|messages}",
    ),
    "send_is_rehearsal": (
        "         c’est une répétition : elle ne compte pas comme reçue quand le numéro part ensuite aux lecteurs",
        "         it is a rehearsal: it does not count as received when the issue goes out to readers later",
    ),
    "send_rate": (
        "         {rate:n} {rate:|personne|personnes} par heure au plus, donc en {time} environ",
        "         {rate:n} {rate:|person|people} an hour at most, so in some {time}",
    ),
    "send_rate_at_once": (
        "         {rate:n} {rate:|personne|personnes} par heure au plus : ce nombre-ci part d’un coup",
        "         {rate:n} {rate:|person|people} an hour at most: this number goes out at once",
    ),
    "send_cap": (
        "         {cap:n} {cap:|personne|personnes} par jour au plus, tous envois confondus, dont {left:n} encore possibles aujourd’hui : sur {days:n} {days:|jour|jours} au moins",
        "         {cap:n} {cap:|person|people} a day at most, over all campaigns, of whom {left:n} are left today: over {days:n} {days:|day|days} at least",
    ),
    "send_waiting": (
        "Envoi {number} : rien ne part avant le {at:%d/%m/%Y à %H:%M:%S}. Pour l’annuler : newsletter campaigns cancel {number}",
        "Campaign {number}: nothing leaves before {at:%Y-%m-%d at %H:%M:%S}. To cancel it: newsletter campaigns cancel {number}",
    ),
    "send_countdown": (
        "Rien n’est encore parti : {time} avant le départ",
        "Nothing has left yet: {time} to go",
    ),
    "send_changed_elsewhere": (
        "L’envoi {number} a été modifié par une autre commande : cette commande n’attend plus.",
        "Campaign {number} was changed by another command: this command no longer waits.",
    ),
    "send_doubt_strict": (
        "Doute    un envoi resté sans réponse est retenu : c’est vous qui décidez (--policy complete le renverrait)",
        "Doubt    what gets no answer is held until you decide (--policy complete would send it again)",
    ),
    "send_doubt_untraced": (
        "Doute    un message resté sans réponse est retenu : c’est vous qui décidez, car {provider} ne peut rien en dire",
        "Doubt    a message that gets no answer is held, and you decide, because {provider} cannot say what happened",
    ),
    "send_rehearsed": (
        "À blanc : {requests:n} {requests:|requête construite|requêtes construites} pour {recipients:n} {recipients:|personne|personnes}, {bytes:n} octets, la plus grande {largest:n}. Rien n’a été envoyé ni écrit.",
        "A dry run: {requests:n} {requests:|request|requests} built for {recipients:n} {recipients:|person|people}, {bytes:n} bytes, the largest {largest:n}. Nothing was sent, nothing was written.",
    ),
    "send_again": (
        "L’envoi {number}, à {recipients:n} {recipients:|personne|personnes}, a été décidé le {date:%d/%m/%Y à %H:%M}. On continue : seuls ceux qui ne l’ont pas le recevront.",
        "Campaign {number}, to {recipients:n} {recipients:|person|people}, was planned on {date:%Y-%m-%d at %H:%M}. It goes on: only people who do not have it get it.",
    ),
    "send_nothing_more": (
        "Rien n’est parti cette fois-ci : l’envoi {number}, décidé le {date:%d/%m/%Y à %H:%M}, n’a plus personne à qui envoyer.",
        "Nothing was sent this time: campaign {number}, planned on {date:%Y-%m-%d at %H:%M}, has nobody left to send to.",
    ),
    "send_stopped": (
        "Arrêté. Ce qui n’est pas parti attend ici ; pour reprendre : newsletter dispatch --once, ou la même commande.",
        "Stopped. What has not left waits here; to go on: newsletter dispatch --once, or the same command.",
    ),
    "tally_unreleased": (
        "dont {count:n} que le prestataire garde jusqu’au {at:%d/%m/%Y à %H:%M}",
        "{count:n} of whom the provider keeps until {at:%Y-%m-%d at %H:%M}",
    ),
    "tally_given_up": (
        "{count:n} sans réponse, pour toujours",
        "{count:n} unanswered for good",
    ),
    "status_scheduled": (
        "prévu le {at:%d/%m/%Y à %H:%M}",
        "scheduled for {at:%Y-%m-%d at %H:%M}",
    ),
    "status_ready": (
        "pas encore commencé",
        "not begun yet",
    ),
    "status_sending": (
        "en cours",
        "under way",
    ),
    "status_begun": (
        "commencé, pas terminé",
        "begun, not finished",
    ),
    "status_paused": (
        "en pause",
        "paused",
    ),
    "status_held": (
        "à confirmer",
        "to be confirmed",
    ),
    "status_handed": (
        "programmé chez le prestataire pour le {at:%d/%m/%Y à %H:%M}",
        "scheduled at the provider for {at:%Y-%m-%d at %H:%M}",
    ),
    "status_clearing": (
        "en partie sans réponse, à vérifier",
        "partly unanswered, to be checked",
    ),
    "status_unsure": (
        "une décision est à prendre",
        "a decision is needed",
    ),
    "status_cancelled_nobody": (
        "annulé, personne ne l’a reçu",
        "cancelled, nobody received it",
    ),
    "status_cancelled_some": (
        "annulé en cours de route",
        "cancelled halfway",
    ),
    "status_cancelled_unknown": (
        "annulé, en partie sans réponse",
        "cancelled, partly unanswered",
    ),
    "status_cancelled_late": (
        "annulé trop tard pour ce qui part le {at:%d/%m/%Y à %H:%M}",
        "cancelled too late for what leaves on {at:%Y-%m-%d at %H:%M}",
    ),
    "status_done": (
        "terminé",
        "done",
    ),
    "status_done_some": (
        "terminé, avec des refus",
        "done, with refusals",
    ),
    "status_done_nobody": (
        "terminé, personne ne l’a reçu",
        "done, nobody received it",
    ),
    "status_done_unknown": (
        "terminé, en partie sans réponse",
        "done, partly unanswered",
    ),
    "status_rehearsal": (
        "répétition : {status}",
        "rehearsal: {status}",
    ),
    "next_scheduled": (
        "Il faut que « newsletter dispatch » tourne à ce moment-là (systemd, ou cron avec --once). Autre heure : newsletter campaigns reschedule {number} --at HEURE ; pour l’annuler : newsletter campaigns cancel {number}",
        "`newsletter dispatch` must run then (systemd, or cron with --once). Another time: newsletter campaigns reschedule {number} --at TIME; to cancel it: newsletter campaigns cancel {number}",
    ),
    "next_ready": (
        "Pour qu’il parte : newsletter dispatch --once",
        "To send it: newsletter dispatch --once",
    ),
    "next_begun": (
        "Pour continuer : newsletter dispatch --once",
        "To go on: newsletter dispatch --once",
    ),
    "next_sending": (
        "Un autre processus a commencé à l’envoyer. S’il a été tué, newsletter dispatch --once le remarque et continue.",
        "Another process has begun to send it. If it was killed, newsletter dispatch --once notices and goes on.",
    ),
    "next_paused": (
        "Pour reprendre : newsletter campaigns resume {number} ; à une autre heure : newsletter campaigns reschedule {number} --at HEURE ; pour l’annuler : newsletter campaigns cancel {number}",
        "To go on: newsletter campaigns resume {number}; at another time: newsletter campaigns reschedule {number} --at TIME; to cancel it: newsletter campaigns cancel {number}",
    ),
    "next_held": (
        "Rien ne part avant votre confirmation. Pour envoyer : newsletter campaigns resume {number} ; à une autre heure : newsletter campaigns reschedule {number} --at HEURE ; pour annuler : newsletter campaigns cancel {number}",
        "Nothing is sent before you confirm. To send: newsletter campaigns resume {number}; at another time: newsletter campaigns reschedule {number} --at TIME; to cancel: newsletter campaigns cancel {number}",
    ),
    "next_handed": (
        "Pour l’annuler : newsletter campaigns cancel {number} ; autre heure : newsletter campaigns reschedule {number} --at HEURE (l’un et l’autre jusqu’à dix minutes avant)",
        "To cancel it: newsletter campaigns cancel {number}; another time: newsletter campaigns reschedule {number} --at TIME (either until ten minutes before)",
    ),
    "next_clearing": (
        "Tant qu’il tourne, newsletter dispatch se renseigne sur ce qui est en doute (une demi-heure au plus, d’ordinaire) ; ce qui reste inconnu est retenu, et vous décidez. Qui est concerné : newsletter campaigns show {number} --who in_doubt",
        "As long as it runs, newsletter dispatch looks into what is in doubt (half an hour at most, usually); what stays unknown is held, and you decide. Who they are: newsletter campaigns show {number} --who in_doubt",
    ),
    "next_unsure": (
        "À vous de décider, d’après le tableau de bord du prestataire : newsletter campaigns resolve {number} --taken (ils l’ont), --again (renvoyer), --give-up (renoncer). Qui est concerné : newsletter campaigns show {number} --who held",
        "You decide, from what the provider's console shows: newsletter campaigns resolve {number} --taken (they have it), --again (send again), --give-up (do not send again). Who they are: newsletter campaigns show {number} --who held",
    ),
    "next_cancelled_nobody": (
        "Pour l’envoyer tout de même, tel qu’il était : newsletter campaigns reschedule {number} --at HEURE ; avec un texte corrigé : {command}",
        "To send it after all, as it was: newsletter campaigns reschedule {number} --at TIME; with a corrected text: {command}",
    ),
    "next_cancelled_some": (
        "Pour l’envoyer à ceux qui ne l’ont pas : {command}",
        "To send it to people who do not have it: {command}",
    ),
    "next_cancelled_late": (
        "Il est trop tard pour reprendre ce qui est chez le prestataire. Pour l’envoyer aux autres : {command}",
        "It is too late to take back what the provider has. To send it to the others: {command}",
    ),
    "next_done": (
        "Pour ceux qui se sont inscrits depuis : {command}",
        "For those who subscribed since: {command}",
    ),
    "next_done_some": (
        "Qui a été refusé, et pourquoi : newsletter campaigns show {number} --who rejected ; pour leur renvoyer : {command}",
        "Who was refused, and why: newsletter campaigns show {number} --who rejected; to send it to them again: {command}",
    ),
    "next_done_nobody": (
        "Ce qu’il est advenu de chacun : newsletter campaigns show {number} --who rejected (ou skipped) ; pour envoyer de nouveau : {command}",
        "What became of everybody: newsletter campaigns show {number} --who rejected (or skipped); to send again: {command}",
    ),
    "next_done_unknown": (
        "Personnes dont on ne sait rien : newsletter campaigns show {number} --who given_up ; pour ceux qui ne l’ont pas : {command}",
        "People about whom nothing is known: newsletter campaigns show {number} --who given_up; for people who do not have it: {command}",
    ),
    "wait_provider": (
        '{people:n} {people:|personne attend|personnes attendent} {provider}, que les réglages ne nomment plus : remettez provider = "{provider}" dans newsletter.toml.',
        '{people:n} {people:|person waits|people wait} for {provider}, which the settings do not name any more: set provider = "{provider}" in newsletter.toml again.',
    ),
    "wait_time": (
        "{ready:n} {ready:|personne attend|personnes attendent} jusqu’au {until:%d/%m/%Y à %H:%M}, puis newsletter dispatch continue.{detail:? Dernière réponse : «».}",
        "{ready:n} {ready:|person waits|people wait} until {until:%Y-%m-%d at %H:%M}, then newsletter dispatch goes on.{detail:? Last answer: «».}",
    ),
    "wait_cap": (
        "{ready:n} {ready:|personne attend|personnes attendent} : le plafond du jour ({people:n} personnes) est atteint, newsletter dispatch continue le {until:%d/%m/%Y à %H:%M}.",
        "{ready:n} {ready:|person waits|people wait}: today's limit ({people:n} people) is reached, newsletter dispatch goes on on {until:%Y-%m-%d at %H:%M}.",
    ),
    "wait_rate": (
        "{ready:n} {ready:|personne attend|personnes attendent} : {people:n} par heure au plus, newsletter dispatch continue le {until:%d/%m/%Y à %H:%M:%S}.",
        "{ready:n} {ready:|person waits|people wait}: {people:n} an hour at most, newsletter dispatch goes on on {until:%Y-%m-%d at %H:%M:%S}.",
    ),
    "wait_fences": (
        "{ready:n} {ready:|personne attend|personnes attendent} jusqu’au {until:%d/%m/%Y à %H:%M} : le prestataire ne garde pas davantage de messages que l’on puisse reprendre.",
        "{ready:n} {ready:|person waits|people wait} until {until:%Y-%m-%d at %H:%M}: the provider keeps no more messages that can be taken back.",
    ),
    "wait_doubts": (
        "{ready:n} {ready:|personne attend|personnes attendent} : trop de messages sont en doute ({people:n}), rien de plus ne part tant qu’ils le sont. newsletter dispatch continue au plus tard le {until:%d/%m/%Y à %H:%M}.",
        "{ready:n} {ready:|person waits|people wait}: too many messages are in doubt ({people:n}), nothing more goes out while they are. newsletter dispatch goes on on {until:%Y-%m-%d at %H:%M} at the latest.",
    ),
    "wait_elsewhere": (
        "{ready:n} {ready:|personne attend|personnes attendent} ; {people:n} {people:|message est|messages sont} {people:|réservé|réservés} par un autre processus.",
        "{ready:n} {ready:|person waits|people wait}; {people:n} {people:|message is|messages are} reserved by another process.",
    ),
    "table_number": (
        "N°",
        "No.",
    ),
    "table_issue": (
        "Numéro",
        "Issue",
    ),
    "table_list": (
        "Liste",
        "List",
    ),
    "table_date": (
        "Date",
        "Date",
    ),
    "table_state": (
        "État",
        "State",
    ),
    "table_accepted": (
        "Remis",
        "Handed over",
    ),
    "table_doubt": (
        "Doute",
        "Doubt",
    ),
    "table_share": (
        "Part",
        "Share",
    ),
    "campaign_rescheduled": (
        "Envoi {number} : {status}. C’est l’édition figée, aux mêmes personnes.",
        "Campaign {number}: {status}. It is the frozen edition, to the same people.",
    ),
    "dispatch_line": (
        "Envoi {number} (« {issue} ») : {status}, {counts}",
        "Campaign {number} (« {issue} »): {status}, {counts}",
    ),
}
