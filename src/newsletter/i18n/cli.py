"""Sentences that commands print, and the skeleton of a new issue."""

SENTENCES: dict[str, tuple[str, str]] = {
    "severity_error": ("erreur", "error"),
    "severity_warning": ("attention", "warning"),
    "severity_info": ("conseil", "advice"),
    "check_clean": (
        "{issues} {issues:|numéro relu|numéros relus} : rien à signaler.",
        "{issues} {issues:|issue|issues} checked: nothing to report.",
    ),
    "check_summary": (
        "{issues} {issues:|numéro relu|numéros relus} : {errors} {errors:|erreur|erreurs}, {warnings} {warnings:|avertissement|avertissements}, {infos} {infos:|conseil|conseils}.",
        "{issues} {issues:|issue|issues} checked: {errors} {errors:|error|errors}, {warnings} {warnings:|warning|warnings}, {infos} {infos:|piece|pieces} of advice.",
    ),
    "gap_describe": ("À DÉCRIRE", "TODO"),
    "gap_complete": ("À COMPLÉTER", "TODO"),
    "gap_title": (
        "À VÉRIFIER : un intertitre ? Sinon, effacez les deux dièses ; puis effacez cette ligne.",
        "TODO: is this a heading? If not, delete the two signs; then delete this line.",
    ),
    "convert_credit": (
        "Crédit possible : {name} / Unsplash, à vérifier sur {page}",
        "A possible credit: {name} / Unsplash, to be checked on {page}",
    ),
    "check_more": ("… et {count} {count:|autre ligne|autres lignes}.", "… and {count} more {count:|line|lines}."),
    "online_nothing": (
        "Aucune adresse ne répond : êtes-vous en ligne ?",
        "No address answers: are you online?",
    ),
    "fmt_clean": ("Rien à corriger.", "Nothing to correct."),
    "fmt_line": ("« {typed} » devient « {wanted} »", "« {typed} » becomes « {wanted} »"),
    "fmt_summary": (
        "{count} {count:|correction proposée|corrections proposées} : newsletter fmt --write les écrit.",
        "{count} {count:|correction|corrections} proposed: newsletter fmt --write makes them.",
    ),
    "fmt_written": (
        "{count} {count:|correction écrite|corrections écrites}.",
        "{count} {count:|correction|corrections} made.",
    ),
    "online_progress": ("Liens", "Links"),
    "proofreader_missing": (
        "Pas de relecture : Grammalecte n’est pas installé (sous Debian : apt install grammalecte-cli).",
        "No proofreading: Grammalecte is not installed (on Debian: apt install grammalecte-cli).",
    ),
    "proofreader_failed": (
        "Pas de relecture : Grammalecte a échoué ({reason}).",
        "No proofreading: Grammalecte failed ({reason}).",
    ),
    "new_next": (
        "Écrivez-le, puis relisez-le : newsletter check {folder}",
        "Write it, then check it: newsletter check {folder}",
    ),
    "init_next": (
        "Publication prête. Ensuite : cd {folder} ; newsletter subscribers import abonnes.csv --list essai ; newsletter send bienvenue --list essai",
        "Publication ready. Next: cd {folder}; newsletter subscribers import abonnes.csv --list essai; newsletter send bienvenue --list essai",
    ),
    "init_keys": ("Clés créées : la publication est complète.", "Keys made: the publication is complete."),
    "init_nothing": (
        "{folder} est déjà une publication, il n’y manque rien.",
        "{folder} is a publication already, and lacks nothing.",
    ),
    "import_progress": ("Import", "Importing"),
    "number": ("{value:n}", "{value:n}"),
    "import_done": (
        "{rows:n} {rows:|ligne lue|lignes lues} : {added:n} {added:|ajouté|ajoutés}{list:? à la liste «»}, {updated:n} {updated:|complété|complétés}, {unchanged:n} {unchanged:|inchangé|inchangés}, {kept_out:n} non repris (partis ou bloqués), {suppressed:n} {suppressed:|bloqué|bloqués}, {refused:n} {refused:|ligne refusée|lignes refusées}, {doubtful:n} {doubtful:|adresse douteuse|adresses douteuses}.",
        "{rows:n} {rows:|row|rows} read: {added:n} added{list:? to the list «»}, {updated:n} updated, {unchanged:n} unchanged, {kept_out:n} not brought back (gone or suppressed), {suppressed:n} suppressed, {refused:n} {refused:|row|rows} refused, {doubtful:n} doubtful {doubtful:|address|addresses}.",
    ),
    "import_rehearsed": (
        "Répétition, rien n’a changé. {rows:n} {rows:|ligne lue|lignes lues} : {added:n} à ajouter{list:? à la liste «»}, {updated:n} à compléter, {unchanged:n} {unchanged:|inchangé|inchangés}, {kept_out:n} non repris (partis ou bloqués), {suppressed:n} à bloquer, {refused:n} {refused:|ligne refusée|lignes refusées}, {doubtful:n} {doubtful:|adresse douteuse|adresses douteuses}.",
        "A rehearsal, nothing changed. {rows:n} {rows:|row|rows} read: {added:n} to add{list:? to the list «»}, {updated:n} to update, {unchanged:n} unchanged, {kept_out:n} not to be brought back (gone or suppressed), {suppressed:n} to suppress, {refused:n} {refused:|row|rows} refused, {doubtful:n} doubtful {doubtful:|address|addresses}.",
    ),
    "import_passed_over": (
        "Laissés de côté, car ce ne sont pas des abonnés : {tables}.",
        "Passed over, for they are no subscribers: {tables}.",
    ),
    "import_rejects": (
        "Lignes refusées, avec la raison : {path}. Corrigez-les, puis importez ce fichier.",
        "Refused rows, with the reason: {path}. Correct them, then import that file.",
    ),
    "import_columns": (
        "Colonnes de {file}{program:? (export reconnu : «»)} :",
        "Columns of {file}{program:? (recognised export: «»)}:",
    ),
    "column_email": ("adresse", "address"),
    "column_first_name": ("prénom", "first name"),
    "column_last_name": ("nom", "last name"),
    "column_name": ("prénom et nom", "first and last name"),
    "column_language": ("langue", "language"),
    "column_tags": ("étiquettes", "tags"),
    "column_created_at": ("date d’inscription", "date of subscription"),
    "column_suppressed_at": ("date du blocage", "date of suppression"),
    "column_attributes": ("attributs", "attributes"),
    "column_attribute": ("attribut {name}", "attribute {name}"),
    "column_of_program": (
        "propre à {program} : lue pour savoir qui est parti, ou laissée de côté",
        "{program}'s own: read to know who left, or left out",
    ),
    "column_skipped": ("laissée de côté", "left out"),
    "order_day_first": ("jour/mois/année", "day/month/year"),
    "order_month_first": ("mois/jour/année", "month/day/year"),
    "import_dates_open": (
        "Rien dans ce fichier ne dit si « {example} » commence par le jour ou par le mois : ses dates sont lues {order}. Sinon, écrivez-les ainsi : 2024-12-31.",
        "Nothing in this file says whether « {example} » begins with the day or the month: its dates are read {order}. If that is wrong, write them as 2024-12-31.",
    ),
    "import_more_refused": (
        "… et {count:n} {count:|autre ligne refusée|autres lignes refusées} pour la même raison : {lines}",
        "… and {count:n} more {count:|row|rows} refused for the same reason: {lines}",
    ),
    "import_more_typos": (
        "… et {count:n} {count:|autre adresse douteuse|autres adresses douteuses}.",
        "… and {count:n} more doubtful {count:|address|addresses}.",
    ),
    "status_pending": ("en attente de confirmation", "pending"),
    "status_confirmed": ("abonné", "confirmed"),
    "status_unsubscribed": ("désabonné", "unsubscribed"),
    "counted_pending": ("{count:n} en attente", "{count:n} pending"),
    "counted_confirmed": ("{count:n} {count:|abonné|abonnés}", "{count:n} confirmed"),
    "counted_unsubscribed": ("{count:n} {count:|désabonné|désabonnés}", "{count:n} unsubscribed"),
    "opt_in_single": ("inscription simple", "single opt-in"),
    "opt_in_double": ("inscription à confirmer", "double opt-in"),
    "reason_bounce": ("bloqué : adresse en erreur", "suppressed: bounced"),
    "reason_complaint": ("bloqué : plainte", "suppressed: complained"),
    "reason_unsubscribed_all": ("bloqué : désabonné de tout", "suppressed: unsubscribed from everything"),
    "reason_manual": ("bloqué à la main", "suppressed by hand"),
    "reason_invalid": ("bloqué : adresse invalide", "suppressed: invalid address"),
    "reason_moved": ("a changé d’adresse", "has another address"),
    "reason_erased": ("bloqué : effacé à sa demande", "suppressed: erased on request"),
    "method_form": ("formulaire", "form"),
    "method_import": ("import", "import"),
    "method_operator": ("à la main", "by hand"),
    "method_api": ("API", "API"),
    "method_provider": ("prestataire d’envoi", "provider"),
    "action_pending": ("demande d’inscription", "asked to subscribe"),
    "action_confirmed": ("abonné", "confirmed"),
    "action_unsubscribed": ("désabonné", "unsubscribed"),
    "action_suppressed": ("bloqué", "suppressed"),
    "action_released": ("débloqué à sa demande", "released on request"),
    "action_unblocked": ("débloqué par l’opérateur", "unblocked by the operator"),
    "action_readdressed": ("adresse changée", "address changed"),
    "delivery_ready": ("à envoyer", "to be sent"),
    "delivery_claimed": ("en cours", "being sent"),
    "delivery_accepted": ("remis", "handed over"),
    "delivery_in_doubt": ("en doute", "in doubt"),
    "delivery_held": ("retenu", "held"),
    "delivery_rejected": ("refusé", "rejected"),
    "delivery_cancelled": ("annulé, pas envoyé", "cancelled, not sent"),
    "delivery_given_up": ("on ne saura pas s’il est arrivé", "nothing will be known of it"),
    "delivery_unsubscribed": ("pas envoyé : désabonné", "not sent: unsubscribed"),
    "delivery_suppressed": ("pas envoyé : bloqué", "not sent: suppressed"),
    "delivery_erased": ("pas envoyé : effacé", "not sent: erased"),
    "show_name": ("nom", "name"),
    "show_language": ("langue", "language"),
    "show_lists": ("listes", "lists"),
    "show_tags": ("étiquettes", "tags"),
    "show_suppressed": ("état", "state"),
    "show_created": ("depuis", "since"),
    "show_contact": ("dernier contact", "last contact"),
    "show_public_id": ("identifiant", "id"),
    "show_journal": ("Journal des consentements", "Consent journal"),
    "show_campaigns": ("Envois", "Sendings"),
    "added": (
        "{address} est sur la liste « {list} » ({status}).",
        "{address} is on the list « {list} » ({status}).",
    ),
    "confirmation_sent": (
        "Un message lui demande de confirmer son abonnement ; le lien est valable 7 jours.",
        "A message asks them to confirm; its link is good for 7 days.",
    ),
    "confirmation_not_sent": (
        "Le message qui demande confirmation n’est pas parti ({reason}) : recommencez plus tard.",
        "The message that asks for confirmation was not sent ({reason}): do it again later.",
    ),
    "added_before": ("{address} était déjà sur la liste « {list} ».", "{address} was on the list « {list} » already."),
    "removed": ("{address} n’est plus sur la liste « {list} ».", "{address} is no longer on the list « {list} »."),
    "removed_nobody": ("Cette personne n’est plus au fichier.", "This person is not on file any more."),
    "removed_before": ("{address} n’était pas sur la liste « {list} ».", "{address} was not on the list « {list} »."),
    "removed_everywhere": (
        "{address} ne recevra plus rien ({count} {count:|abonnement terminé|abonnements terminés}).",
        "{address} will get nothing any more ({count} {count:|subscription|subscriptions} ended).",
    ),
    "edited": ("{address} est à jour.", "{address} is up to date."),
    "forget_confirm": (
        "Effacer {address} partout ? On ne peut pas revenir en arrière.",
        "Erase {address} everywhere? There is no way back.",
    ),
    "forgotten": (
        "{address} est oublié : {subscribers} {subscribers:|fiche|fiches}, {subscriptions} {subscriptions:|abonnement|abonnements}, {tags} {tags:|étiquette|étiquettes}, {journal} {journal:|ligne|lignes} de journal, {details} {details:|détail|détails} d’envoi, {files} {files:|message|messages} de la boîte d’envoi. Il reste une empreinte, pour qu’aucun import ne le ramène.",
        "{address} is forgotten: {subscribers} {subscribers:|record|records}, {subscriptions} {subscriptions:|subscription|subscriptions}, {tags} {tags:|tag|tags}, {journal} journal {journal:|line|lines}, {details} delivery {details:|detail|details}, {files} outbox {files:|message|messages}. A hash is left, so that no import brings them back.",
    ),
    "forgotten_elsewhere": (
        "À effacer vous-même : les fichiers importés, ceux des lignes refusées, les exports, les copies de la base, un segment qui la nommerait.",
        "For you to erase: imported files, files of refused rows, exports, copies of the database, a segment that names them.",
    ),
    "list_goes_on": ("La suite : --after {after}", "More: --after {after}"),
    "list_is_test": (", pour les essais", ", for tests"),
    "list_made": ("Liste « {list} » : {opt_in}.", "List « {list} »: {opt_in}."),
    "tagged": (
        "{count:n} {count:|personne étiquetée|personnes étiquetées} « {tag} ».",
        "{count:n} {count:|person|people} tagged « {tag} ».",
    ),
    "untagged": (
        "Étiquette « {tag} » retirée à {count:n} {count:|personne|personnes}.",
        "Tag « {tag} » taken off {count:n} {count:|person|people}.",
    ),
    "stats_total": ("{count:n} {count:|personne|personnes} au fichier", "{count:n} {count:|person|people} on file"),
    "stats_weeks": (
        "  {weeks} semaines   arrivées {came}   départs {left}",
        "  {weeks} weeks   came {came}   left {left}",
    ),
    "stats_sums": (
        "  {came_count:n} {came_count:|arrivée|arrivées}, {left_count:n} {left_count:|départ|départs}",
        "  {came_count:n} came, {left_count:n} left",
    ),
    "stats_suppressed": ("Adresses bloquées : {reasons}", "Suppressed addresses: {reasons}"),
    "prune_count": (
        "{count:n} {count:|personne sans contact|personnes sans contact} depuis le {date:%Y-%m-%d}.",
        "{count:n} {count:|person|people} without contact since {date:%Y-%m-%d}.",
    ),
    "prune_confirm": (
        "Les effacer ? Tapez leur nombre, {count}",
        "Erase them? Type their number, {count}",
    ),
    "pruned": ("{count:n} {count:|personne effacée|personnes effacées}.", "{count:n} {count:|person|people} erased."),
    "blocked_bounce": ("adresse en erreur", "bounced"),
    "blocked_invalid": ("adresse invalide", "invalid address"),
    "unblock_count": (
        "{count:n} {count:|personne bloquée peut|personnes bloquées peuvent} être {count:|débloquée|débloquées} ({reason}).",
        "{count:n} suppressed {count:|person|people} can be unblocked ({reason}).",
    ),
    "unblock_gone": (
        "{count:n} {count:|autre reste bloquée|autres restent bloquées} : {count:|cette personne n’est|ces personnes ne sont} plus sur aucune liste.",
        "{count:n} {count:|other stays|others stay} suppressed: {count:|this person is|these people are} on no list any more.",
    ),
    "unblock_confirm": (
        "Les débloquer ? Tapez leur nombre",
        "Unblock them? Type their number",
    ),
    "unblocked": (
        "{count:n} {count:|personne débloquée|personnes débloquées}. {count:|Ses abonnements reprennent|Leurs abonnements reprennent} ; le journal de {count:|cette personne|chacune} le note.",
        "{count:n} {count:|person|people} unblocked. Their subscriptions go on; {count:|this person's|each one's} journal says so.",
    ),
    "segment_saved": ("Segment « {name} » enregistré.", "Segment « {name} » saved."),
    "segment_dropped": ("Segment « {name} » oublié.", "Segment « {name} » forgotten."),
    "db_made": ("Base créée ({after}).", "Database made ({after})."),
    "db_current": ("La base est à jour ({after}).", "The database is up to date ({after})."),
    "db_upgraded": ("Base passée de {before} à {after}.", "Database brought from {before} to {after}."),
    "db_copied": ("Copie de la base : {path}", "Copy of the database: {path}"),
    "assets_exported": (
        "{count} {count:|fichier écrit|fichiers écrits} dans {folder} : publiez ce dossier sous {base_url}.",
        "{count} {count:|file|files} written to {folder}: publish that folder under {base_url}.",
    ),
    "test_blocked": (
        "Aucun essai n’est parti : corrigez d’abord les erreurs de « {issue} ».",
        "No test was sent: correct the errors of « {issue} » first.",
    ),
    "approve_done": (
        "{by} approuve l’édition {digest}. La moindre modification retire cet accord.",
        "{by} approves the edition {digest}. The least change takes it away.",
    ),
    "approve_blocked": (
        "Pas d’accord possible : corrigez d’abord les erreurs de « {issue} ».",
        "Nothing can be approved: mend the errors of « {issue} » first.",
    ),
    "confirm_choices": ("[o/N]", "[y/N]"),
    "id_given": (
        "{path} n’avait pas d’identifiant : une ligne « id » y a été ajoutée.",
        "{path} had no id: a line « id » was added to it.",
    ),
    "skeleton": (
        """---
id: {id}
objet: {title}
apercu: "À COMPLÉTER"
date: {date}
auteur: "À COMPLÉTER"
---

![À DÉCRIRE](ouverture.jpg)

Crédit : À COMPLÉTER

{salutation}

À ÉCRIRE : le chapô, qui dit en quelques lignes pourquoi lire la suite.

## À ÉCRIRE : un intertitre

À ÉCRIRE : la section. Quelle question poserez-vous pour finir ?

À COMPLÉTER
""",
        """---
id: {id}
subject: {title}
preheader: "TODO"
date: {date}
author: "TODO"
---

![TODO](opening.jpg)

Credit: TODO

{salutation}

TODO: the lead, which says in a few lines why to read on.

## TODO: a heading

TODO: the section. Which question will you end with?

TODO
""",
    ),
}
