"""What is said of campaigns: before they go out, while they do, and afterwards."""

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
    "send_not_had": ("{count:n} {count:|l’a déjà|l’ont déjà}", "{count:n} had it before"),
    "send_now": ("Quand    tout de suite", "When     now"),
    "send_later": (
        "Quand    le {at:%d/%m/%Y à %H:%M} ({zone})",
        "When     on {at:%Y-%m-%d at %H:%M} ({zone})",
    ),
    "send_ahead": (
        "         remis à {provider} dès {at:%H:%M} pour cette heure-là : qui se désabonne entre-temps le recevra encore,\n         et {back:n} personnes au plus pourront être reprises, jusqu’à dix minutes avant",
        "         handed to {provider} from {at:%H:%M} on for that time: whoever leaves in between still gets it,\n         and {back:n} people at most can be taken back, until ten minutes before",
    ),
    "send_held": (
        "         rien ne part avant : d’ici là, newsletter campaigns cancel arrête tout",
        "         nothing leaves before: until then newsletter campaigns cancel stops it all",
    ),
    "send_by": (
        "Par      {provider}, {requests:n} {requests:|requête|requêtes}",
        "Through  {provider}, {requests:n} {requests:|request|requests}",
    ),
    "send_rate": (
        "         {rate:n} {rate:|personne|personnes} par heure au plus, donc en {hours:n} {hours:|heure|heures} environ",
        "         {rate:n} {rate:|person|people} an hour at most, so in some {hours:n} {hours:|hour|hours}",
    ),
    "send_cap": (
        "         {cap:n} {cap:|personne|personnes} par jour au plus, tous envois confondus : {days:n} {days:|jour|jours} au moins",
        "         {cap:n} {cap:|person|people} a day at most, over all campaigns: {days:n} {days:|day|days} at least",
    ),
    "send_waiting": (
        "Envoi {number}, qui part le {at:%d/%m/%Y à %H:%M:%S}. Pour y renoncer : newsletter campaigns cancel {number}",
        "Campaign {number}, which leaves on {at:%Y-%m-%d at %H:%M:%S}. To give it up: newsletter campaigns cancel {number}",
    ),
    "send_doubt_strict": (
        "Doute    un envoi resté sans réponse est retenu : c’est vous qui décidez (--policy complete le renverrait)",
        "Doubt    what gets no answer is held, and you decide (--policy complete would send it again)",
    ),
    "send_doubt_complete": (
        "Doute    un envoi resté sans réponse repart, si rien ne montre qu’il a été pris",
        "Doubt    what gets no answer goes out again, if nothing shows that it was taken",
    ),
    "send_approved": (
        "Accord   {by}, le {at:%d/%m/%Y à %H:%M}",
        "Approved by {by}, on {at:%Y-%m-%d at %H:%M}",
    ),
    "send_type_number": (
        "Pour envoyer, tapez le nombre de destinataires",
        "To send, type the number of recipients",
    ),
    "send_rehearsed": (
        "Répétition : {requests:n} {requests:|requête construite|requêtes construites} pour {recipients:n} {recipients:|personne|personnes}, {bytes:n} octets, la plus grande {largest:n}. Rien n’est parti, rien n’est écrit.",
        "A rehearsal: {requests:n} {requests:|request|requests} built for {recipients:n} {recipients:|person|people}, {bytes:n} bytes, the largest {largest:n}. Nothing left, nothing is written.",
    ),
    "send_same_subject": (
        "Même objet que l’envoi {number} (« {slug} »), avec un autre texte.",
        "The same subject as campaign {number} (« {slug} »), with another text.",
    ),
    "recovered_older": (
        "La base de données est plus ancienne que ce que ce dossier a noté (.newsletter-memory) : une sauvegarde a été remise. Elle est mise à jour : {what}.",
        "The database is older than what this folder noted (.newsletter-memory): a backup was put back. It was brought up to date: {what}.",
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
    "recovered_nothing": ("rien n’y manquait", "nothing was missing"),
    "db_own_already": (
        "Rien à décider : ce dossier et cette base sont ceux qui envoient.",
        "Nothing to decide: this folder and this database are the ones that send.",
    ),
    "db_lost_sending": (
        "Parti d’ici, inconnu de la base : l’envoi {number}, « {slug} », décidé le {at:%d/%m/%Y à %H:%M}. À qui, elle ne le sait plus. Le renvoyer demandera : --new-issue {number}",
        "Gone out from here, unknown to the database: campaign {number}, « {slug} », planned on {at:%Y-%m-%d at %H:%M}. To whom, it does not know any more. Sending it again will ask for: --new-issue {number}",
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
        "C’est d’ici qu’on envoie désormais.",
        "This is where sendings leave from now on.",
    ),
    "send_again": (
        "Cet envoi à {recipients:n} {recipients:|personne|personnes} a été décidé le {date:%d/%m/%Y à %H:%M} : seuls ceux qui ne l’ont pas vont le recevoir.",
        "This sending to {recipients:n} {recipients:|person|people} was planned on {date:%Y-%m-%d at %H:%M}: only those who have it not will get it.",
    ),
    "send_changed": (
        "Le texte a changé depuis : c’est l’édition figée ({digest}) qui part, pour que tout le monde reçoive la même.",
        "The text has changed since: the frozen edition ({digest}) goes out, so that everybody gets the same.",
    ),
    "send_orders_stand": (
        "Les options de cet appel sont sans effet : cet envoi garde celles avec lesquelles il a été décidé.",
        "The options of this call have no effect: this sending keeps those that it was planned with.",
    ),
    "send_progress": ("Envoi", "Sending"),
    "send_stopping": (
        "On s’arrête après ce qui est en route… (encore Ctrl-C : tout de suite, et ce qui est en route sera en doute)",
        "Stopping after what is under way… (Ctrl-C again: at once, and what is under way will be in doubt)",
    ),
    "send_stopped": (
        "Arrêté, rien n’est perdu. Pour reprendre : newsletter dispatch --once, ou la même commande.",
        "Stopped, nothing is lost. To go on: newsletter dispatch --once, or the same command.",
    ),
    "tally": ("{accepted:n} {accepted:|remis|remis} sur {recipients:n}", "{accepted:n} of {recipients:n} handed over"),
    "tally_ready": ("{count:n} en attente", "{count:n} waiting"),
    "tally_claimed": ("{count:n} en route", "{count:n} under way"),
    "tally_in_doubt": ("{count:n} en doute", "{count:n} in doubt"),
    "tally_held": ("{count:n} {count:|retenu|retenus}", "{count:n} held"),
    "tally_rejected": ("{count:n} {count:|refusé|refusés}", "{count:n} rejected"),
    "tally_cancelled": ("{count:n} {count:|annulé|annulés}", "{count:n} cancelled"),
    "tally_skipped": ("{count:n} {count:|parti|partis} entre-temps", "{count:n} left meanwhile"),
    "send_elsewhere": (
        "{count:n} {count:|message est|messages sont} entre les mains d’un autre processus.",
        "{count:n} {count:|message is|messages are} in another process's hands.",
    ),
    "send_unsure": (
        "Qui est concerné : newsletter campaigns show {number} --who {state}",
        "Who that is: newsletter campaigns show {number} --who {state}",
    ),
    "send_where": (
        "Les messages sont dans {folder} : ouvrez un .eml dans votre messagerie.",
        "The messages are in {folder}: open an .eml in your mail program.",
    ),
    "send_planned": (
        "Décidé : rien ne part avant le {at:%d/%m/%Y à %H:%M}. Il faut que « newsletter dispatch » tourne alors (systemd, ou cron avec --once). Pour y renoncer : newsletter campaigns cancel {number}",
        "Planned: nothing leaves before {at:%Y-%m-%d at %H:%M}. `newsletter dispatch` must run then (systemd, or cron with --once). To give it up: newsletter campaigns cancel {number}",
    ),
    "send_waits": (
        "{ready:n} {ready:|personne attend|personnes attendent} jusqu’au {at:%d/%m/%Y à %H:%M} : newsletter dispatch reprendra.",
        "{ready:n} {ready:|person waits|people wait} until {at:%Y-%m-%d at %H:%M}: newsletter dispatch will go on.",
    ),
    "send_capped": (
        "Le plafond du jour ({cap:n} personnes) est atteint : newsletter dispatch reprendra demain.",
        "Today's limit ({cap:n} people) is reached: newsletter dispatch goes on tomorrow.",
    ),
    "phase_scheduled": ("prévu", "scheduled"),
    "phase_sending": ("en cours", "under way"),
    "phase_paused": ("en pause", "paused"),
    "phase_held": ("attend votre accord", "waits for you"),
    "phase_handed": ("remis, part à son heure", "handed over, leaves at its time"),
    "phase_clearing": ("en partie en doute, on se renseigne", "partly in doubt, being looked into"),
    "phase_unsure": ("en partie retenu, à vous de décider", "partly held, for you to decide"),
    "phase_cancelled": ("annulé", "cancelled"),
    "phase_done": ("terminé", "done"),
    "campaigns_none": ("Aucun envoi.", "No campaigns."),
    "campaign_line": (
        "{number}  {issue}{round}  {phase}  {accepted:n}/{recipients:n} remis",
        "{number}  {issue}{round}  {phase}  {accepted:n}/{recipients:n} handed over",
    ),
    "campaign_round": (" (tour {round})", " (round {round})"),
    "campaign_head": (
        "Envoi {number} : « {issue} », liste « {list} »{segment:?, segment «»}, par {provider} – {phase}",
        "Campaign {number}: « {issue} », list « {list} »{segment:?, segment «»}, through {provider} – {phase}",
    ),
    "campaign_planned": ("Décidé le {at:%d/%m/%Y à %H:%M}.", "Planned on {at:%Y-%m-%d at %H:%M}."),
    "campaign_next": ("La suite le {at:%d/%m/%Y à %H:%M}.", "Goes on {at:%Y-%m-%d at %H:%M}."),
    "campaign_release": (
        "Part le {at:%d/%m/%Y à %H:%M}. Pour y renoncer : newsletter campaigns cancel {number}",
        "Leaves on {at:%Y-%m-%d at %H:%M}. To give it up: newsletter campaigns cancel {number}",
    ),
    "campaign_clearing": (
        "Ce qui est en doute s’éclaircit d’ordinaire de soi-même en une demi-heure, tant que newsletter dispatch tourne.",
        "What is in doubt usually clears up by itself within half an hour, as long as newsletter dispatch runs.",
    ),
    "campaign_chunk": (
        "  lot {sequence} : {recipients:n} {recipients:|personne|personnes}, {state} depuis le {at:%d/%m/%Y à %H:%M} ({detail})",
        "  chunk {sequence}: {recipients:n} {recipients:|person|people}, {state} since {at:%Y-%m-%d at %H:%M} ({detail})",
    ),
    "campaign_twice": (
        "  lot {sequence} : on l’a cru perdu, il ne l’était pas ; {recipients:n} {recipients:|personne l’a|personnes l’ont} peut-être reçu deux fois",
        "  chunk {sequence}: taken for lost, which it was not; {recipients:n} {recipients:|person|people} may have it twice",
    ),
    "campaign_decide": (
        "À vous de décider, d’après le tableau de bord du prestataire : newsletter campaigns resolve {number} --taken (ils l’ont), --again (renvoyer), --give-up (renoncer)",
        "It is for you to decide, by what the provider's console shows: newsletter campaigns resolve {number} --taken (they have it), --again (send again), --give-up (let it be)",
    ),
    "campaign_held": (
        "Il aurait dû partir depuis longtemps : est-ce toujours voulu ? newsletter campaigns resume {number}, ou cancel {number}",
        "It should have gone out long ago: is that still wanted? newsletter campaigns resume {number}, or cancel {number}",
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
    "campaign_cancelled": (
        "Envoi {number} annulé : {stopped:n} {stopped:|personne ne le recevra|personnes ne le recevront} pas.",
        "Campaign {number} cancelled: {stopped:n} {stopped:|person|people} will not get it.",
    ),
    "campaign_cancelled_gone": ("{count:n} {count:|l’a|l’ont} déjà.", "{count:n} {count:|has|have} it already."),
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
    "dispatch_elsewhere": (
        "L’envoi {number} attend le prestataire « {provider} », qui n’est plus celui des réglages.",
        "Campaign {number} waits for the provider « {provider} », which the settings do not name any more.",
    ),
    "dispatch_begins": ("Envoi {number} (« {issue} »)", "Campaign {number} (« {issue} »)"),
    "dispatch_waiting": (
        "newsletter dispatch attend les envois. Ctrl-C pour arrêter.",
        "newsletter dispatch waits for campaigns. Ctrl-C to stop.",
    ),
    "dispatch_stale": (
        "L’envoi {number} (« {issue} ») aurait dû partir depuis longtemps : rien ne part sans votre accord (newsletter campaigns resume {number}).",
        "Campaign {number} (« {issue} ») should have gone out long ago: nothing leaves without your word (newsletter campaigns resume {number}).",
    ),
    "told_done_subject": ("Envoi terminé : {issue}", "Sent: {issue}"),
    "told_done": (
        "L’envoi {number} est terminé.",
        "Campaign {number} is done.",
    ),
    "told_handed_subject": ("Envoi remis : {issue}", "Handed over: {issue}"),
    "told_handed": (
        "L’envoi {number} est remis au prestataire, qui le laissera partir le {at:%d/%m/%Y à %H:%M} UTC. Pour y renoncer : newsletter campaigns cancel {number}",
        "Campaign {number} is handed to the provider, who lets it go on {at:%Y-%m-%d at %H:%M} UTC. To give it up: newsletter campaigns cancel {number}",
    ),
    "told_unsure_subject": ("À décider : {issue}", "To decide: {issue}"),
    "told_unsure": (
        "L’envoi {number} est terminé, sauf pour des personnes dont on ne sait pas si elles l’ont reçu. Qui, et que faire : newsletter campaigns show {number}",
        "Campaign {number} is done but for people of whom it is not known whether they have it. Who, and what to do: newsletter campaigns show {number}",
    ),
    "told_held_subject": ("Un envoi vous attend : {issue}", "A campaign waits for you: {issue}"),
    "told_held": (
        "L’envoi {number} aurait dû partir depuis longtemps, et attend votre accord : newsletter campaigns resume {number}, ou cancel {number}",
        "Campaign {number} should have gone out long ago, and waits for your word: newsletter campaigns resume {number}, or cancel {number}",
    ),
    "stats_head": (
        "{issue} ({date:%d/%m/%Y}) : {accepted:n} remis sur {recipients:n}",
        "{issue} ({date:%Y-%m-%d}): {accepted:n} of {recipients:n} handed over",
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
        "Complaints: {rate} %, which is well (below 0.1 %).",
    ),
    "stats_complaints_high": (
        "Plaintes : {rate} %, c’est trop (il faut moins de 0,1 %).",
        "Complaints: {rate} %, which is too much (it must be below 0.1 %).",
    ),
    "stats_complaints_worst": (
        "Plaintes : {rate} %. Au-delà de 0,3 %, Gmail et Yahoo refusent : ralentissez, et n’écrivez qu’à qui l’a demandé.",
        "Complaints: {rate} %. Above 0.3 % Gmail and Yahoo refuse: slow down, and write only to who asked for it.",
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
}
