"""What commands print, and the skeleton of a new issue."""

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
    "import_summary": (
        "Liste « {list} » : {added:n} {added:|ajouté|ajoutés}, {unchanged:n} {unchanged:|inchangé|inchangés}, {rejected:n} {rejected:|ligne refusée|lignes refusées}.",
        "List « {list} »: {added:n} added, {unchanged:n} unchanged, {rejected:n} {rejected:|row|rows} rejected.",
    ),
    "import_more": (
        "… et {count:n} {count:|autre ligne refusée|autres lignes refusées} : --format json les donne toutes.",
        "… and {count:n} more {count:|row|rows} rejected: --format json gives them all.",
    ),
    "send_blocked": (
        "Rien n’a été envoyé : corrigez d’abord les erreurs de « {issue} ».",
        "Nothing was sent: mend the errors of « {issue} » first.",
    ),
    "send_summary": (
        "« {subject} » à {recipients:n} {recipients:|personne|personnes} de la liste « {list} », par {provider} ({excluded:n} {excluded:|autre ne la recevra|autres ne la recevront} pas : parties, non confirmées ou bloquées).",
        "« {subject} » to {recipients:n} {recipients:|person|people} of the list « {list} », through {provider} ({excluded:n} {excluded:|other|others} will not get it: gone, unconfirmed or suppressed).",
    ),
    "send_approved": (
        "Approuvé par {by} le {at:%Y-%m-%d à %H:%M} UTC.",
        "Approved by {by} on {at:%Y-%m-%d at %H:%M} UTC.",
    ),
    "approve_done": (
        "{by} approuve l’édition {digest}. La moindre modification retire cet accord.",
        "{by} approves the edition {digest}. The least change takes it away.",
    ),
    "approve_blocked": (
        "Pas d’accord possible : corrigez d’abord les erreurs de « {issue} ».",
        "Nothing can be approved: mend the errors of « {issue} » first.",
    ),
    "send_confirm": (
        "Envoyer à {recipients:n} {recipients:|personne|personnes} ?",
        "Send to {recipients:n} {recipients:|person|people}?",
    ),
    "confirm_choices": ("[o/N]", "[y/N]"),
    "send_again": (
        "Cet envoi à {recipients:n} {recipients:|personne|personnes} a été décidé le {date:%Y-%m-%d à %H:%M} UTC : seuls ceux qui ne l’ont pas vont le recevoir.",
        "This sending to {recipients:n} {recipients:|person|people} was planned on {date:%Y-%m-%d at %H:%M} UTC: only those who have it not will get it.",
    ),
    "send_changed": (
        "Le texte a changé depuis : c’est l’édition figée ({digest}) qui part, pour que tout le monde reçoive la même.",
        "The text has changed since: the frozen edition ({digest}) goes out, so that everybody gets the same.",
    ),
    "send_progress": ("Envoi", "Sending"),
    "send_done": (
        "{accepted:n} {accepted:|remis|remis} sur {recipients:n}, {skipped:n} {skipped:|parti|partis} entre-temps, {rejected:n} {rejected:|refusé|refusés}, {in_doubt:n} en doute, {ready:n} en attente.",
        "{accepted:n} of {recipients:n} handed over, {skipped:n} left meanwhile, {rejected:n} rejected, {in_doubt:n} in doubt, {ready:n} waiting.",
    ),
    "send_elsewhere": (
        "{count:n} {count:|message est|messages sont} entre les mains d’un autre processus.",
        "{count:n} {count:|message is|messages are} in another process's hands.",
    ),
    "send_where": (
        "Les messages sont dans {folder} : ouvrez un .eml dans votre messagerie.",
        "The messages are in {folder}: open an .eml in your mail program.",
    ),
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
