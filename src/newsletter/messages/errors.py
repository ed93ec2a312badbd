"""What stops a command: what is wrong, and what to do."""

SENTENCES: dict[str, tuple[str, str]] = {
    "no_publication": (
        "Aucune publication ici : {folder} et ses dossiers parents n’ont pas de {file}. Allez dans la vôtre, donnez --project DOSSIER, ou créez-en une : newsletter init DOSSIER.",
        "No publication here: {folder} and the folders above it have no {file}. Go to yours, give --project DIR, or make one: newsletter init DIR.",
    ),
    "issues_missing": (
        "Pas de dossier {folder} : c’est là que sont les numéros.",
        "No folder {folder}: that is where issues are.",
    ),
    "issue_missing": ("{path} n’existe pas.", "{path} does not exist."),
    "issue_unreadable": ("{path} ne peut pas être lu : {reason}.", "{path} cannot be read: {reason}."),
    "issue_unknown": (
        "Aucun numéro « {name} » dans {folder}.{near:? Vouliez-vous «» ?}",
        "No issue « {name} » in {folder}.{near:? Did you mean «»?}",
    ),
    "issue_ambiguous": (
        "Plusieurs numéros s’appellent « {name} » : donnez l’un de {known}.",
        "Several issues are called « {name} »: give one of {known}.",
    ),
    "issue_exists": (
        "{path} existe déjà : rien n’a été écrit. Choisissez un autre titre, ou un autre dossier.",
        "{path} exists already: nothing was written. Choose another title, or another folder.",
    ),
    "issue_without_front_matter": (
        "{path} n’a pas d’en-tête : lancez newsletter check.",
        "{path} has no front matter: run newsletter check.",
    ),
    "convert_empty": ("Ce fichier ne contient pas de texte.", "This file holds no text."),
    "convert_too_large": (
        "Ce fichier pèse {size} Ko : un numéro ne dépasse pas {maximum} Ko. Est-ce bien du texte ?",
        "This file weighs {size} KB: an issue is never larger than {maximum} KB. Is it text?",
    ),
    "convert_format": (
        "Ce fichier est un {kind} : enregistrez-le en .docx, en page web (.html) ou en texte.",
        "This file is a {kind}: save it as .docx, as a web page (.html) or as text.",
    ),
    "convert_nested": (
        "Cette page emboîte trop d’éléments les uns dans les autres : enregistrez-la en texte.",
        "This page nests too many elements in one another: save it as text.",
    ),
    "convert_broken": (
        "Ce document Word est abîmé ({reason}) : ouvrez-le dans Word et enregistrez-le de nouveau en .docx.",
        "This Word document is broken ({reason}): open it in Word and save it again as .docx.",
    ),
    "setting_missing": (
        "Réglage manquant : {name}. Ajoutez-le à {where}, ou lancez newsletter init sur ce dossier pour créer les clés.",
        "Missing setting: {name}. Add it to {where}, or run newsletter init on this folder to make the keys.",
    ),
    "setting_unknown": (
        "Réglage inconnu « {name} » ({where}). Possible : {allowed}.",
        "Unknown setting « {name} » ({where}). Allowed: {allowed}.",
    ),
    "setting_wrong": (
        "Le réglage « {name} » ({where}) ne convient pas. Attendu : {allowed}.",
        "The setting « {name} » ({where}) will not do. Expected: {allowed}.",
    ),
    "setting_misplaced": (
        "« {name} » est sous [{table}] ({where}), où il n’a pas cours : mettez la ligne au-dessus du premier « [ ».",
        "« {name} » stands under [{table}] ({where}), where it means nothing: put the line above the first « [ ».",
    ),
    "settings_unreadable": (
        "{where} ne peut pas être lu : {reason}.",
        "{where} cannot be read: {reason}.",
    ),
    "theme_missing": (
        "Pas de thème « {name} » dans {folder}. Présents : {known}.",
        "No theme « {name} » in {folder}. There are: {known}.",
    ),
    "theme_options": ("{at} ne peut pas être lu : {reason}.", "{at} cannot be read: {reason}."),
    "theme_option_unknown": (
        "Le thème {theme} n’a pas d’option « {name} ». Possibles : {allowed}.",
        "The theme {theme} has no option « {name} ». Allowed: {allowed}.",
    ),
    "theme_option_wrong": (
        "L’option « {name} » du thème {theme} vaut « {value} ». Attendu : {allowed}.",
        "The option « {name} » of the theme {theme} is « {value} ». Expected: {allowed}.",
    ),
    "theme_logo": (
        "Le logo du thème ne peut pas servir : {at} doit être une image JPEG, PNG ou GIF de la publication. Corrigez « logo » sous [theme].",
        "The theme's logo cannot be used: {at} must be a JPEG, PNG or GIF of the publication. Correct « logo » under [theme].",
    ),
    "template_missing": ("{at} : le gabarit {name} n’existe pas.", "{at}: there is no template {name}."),
    "template_broken": ("{at} : {reason}.", "{at}: {reason}."),
    "template_loops": (
        "{at} : le gabarit n’a pas fini après {seconds} secondes, il tourne sans doute en rond.",
        "{at}: the template was not done after {seconds} seconds, it probably loops.",
    ),
    "template_not_xml": (
        "{at} : balises mal fermées près d’ici ({reason}). MJML veut que tout soit fermé, <br /> compris.",
        "{at}: tags not closed near here ({reason}). MJML wants everything closed, <br /> included.",
    ),
    "mjml_root": (
        "{at} : le gabarit commence par <{found}>, pas par <mjml>.",
        "{at}: the template begins with <{found}>, not <mjml>.",
    ),
    "mjml_child": (
        "{at} : <{found}> ne peut pas être dans <{parent}>. Possible : {allowed}.",
        "{at}: <{found}> cannot be in <{parent}>. Allowed: {allowed}.",
    ),
    "mjml_default": (
        "{at} : <{found}> n’a pas de valeurs par défaut dans <mj-attributes> ; écrivez-les sur la balise elle-même.",
        "{at}: <{found}> takes no defaults in <mj-attributes>; write them on the tag itself.",
    ),
    "mjml_classes": (
        '{at} : mj-class="{value}" : une seule classe, car leur ordre se perd.',
        '{at}: mj-class="{value}": one class only, for their order is lost.',
    ),
    "mjml_attribute": (
        "{at} : <{tag}> n’a pas d’attribut « {name} ». Possible : {allowed}.",
        "{at}: <{tag}> has no attribute « {name} ». Allowed: {allowed}.",
    ),
    "mjml_value": (
        '{at} : {name}="{value}" sur <{tag}>. Attendu : {allowed}.',
        '{at}: {name}="{value}" on <{tag}>. Expected: {allowed}.',
    ),
    "mjml_refused": ("{at} : MJML refuse ce gabarit ({reason}).", "{at}: MJML refuses this template ({reason})."),
    "merge_tag_without_value": (
        "Le champ personnel « {name} » n’a pas de valeur.",
        "The merge tag « {name} » has no value.",
    ),
    "bad_token": ("Ce lien n’est pas de nous, ou il est abîmé.", "This link is not ours, or it is damaged."),
    "file_unreadable": ("{path} ne peut pas être lu : {reason}.", "{path} cannot be read: {reason}."),
    "csv_broken": ("{path}:{line} : ce CSV est abîmé ({reason}).", "{path}:{line}: this CSV is broken ({reason})."),
    "csv_without_address_column": (
        "{path}:1 : aucune colonne d’adresses parmi « {found} ». Nommez-en une ainsi : {wanted}.",
        "{path}:1: no column of addresses among « {found} ». Name one so: {wanted}.",
    ),
    "row_not_an_address": ("« {value} » n’est pas une adresse utilisable.", "« {value} » is not a usable address."),
    "row_without_address": ("Pas d’adresse sur cette ligne.", "No address on this line."),
    "row_twice": (
        "« {value} » est déjà plus haut dans ce fichier.",
        "« {value} » stands further up in this file already.",
    ),
    "row_quote_open": (
        "Après « {value} », un guillemet n’est pas refermé : il a avalé les lignes jusqu’ici. Corrigez-le, et importez de nouveau.",
        "After « {value} » a quote is not closed: it swallowed the lines down to here. Mend it, and import again.",
    ),
    "row_name_too_long": ("Le nom de « {value} » est trop long.", "The name of « {value} » is too long."),
    "not_an_address": ("« {address} » n’est pas une adresse : {reason}", "« {address} » is not an address: {reason}"),
    "subscriber_unknown": (
        "Aucun abonné « {address} » : vérifiez l’adresse, ou importez-le.",
        "No subscriber « {address} »: check the address, or import it.",
    ),
    "list_unknown": (
        "Aucune liste « {name} ». Listes : {known}. Une liste se crée en important : newsletter subscribers import FICHIER --list {name}.",
        "No list « {name} ». Lists: {known}. A list is made by importing: newsletter subscribers import FILE --list {name}.",
    ),
    "nobody_to_send_to": (
        "Personne à qui envoyer : la liste « {list} » n’a aucun abonné confirmé.",
        "Nobody to send to: the list « {list} » has no confirmed subscriber.",
    ),
    "id_lost": (
        "Un numéro « {slug} » est déjà parti, et celui-ci n’a pas d’identifiant. Si c’est le même, remettez dans l’en-tête la ligne « id: {id} » ; sinon, changez son slug.",
        "An issue « {slug} » was sent already, and this one has no id. If it is the same, put the line « id: {id} » back into its front matter; if not, change its slug.",
    ),
    "sent_to_another_list": (
        "Ce numéro est parti à la liste « {list} » : l’envoyer à « {wanted} » pourrait le donner deux fois à quelqu’un. Rien n’a été fait.",
        "This issue went to the list « {list} »: sending it to « {wanted} » could give it to somebody twice. Nothing was done.",
    ),
    "provider_not_built": (
        'Cette version n’envoie qu’à la boîte d’envoi locale : mettez provider = "outbox" (pas « {name} »).',
        'This version sends to the local outbox only: set provider = "outbox" (not « {name} »).',
    ),
    "provider_unavailable": (
        "{provider} n’a pas pris les messages ({reason}). Rien n’est perdu : relancez la même commande.",
        "{provider} did not take the messages ({reason}). Nothing is lost: run the same command again.",
    ),
    "confirmation_needed": (
        "Il faut une confirmation, et personne n’est là pour la donner : ajoutez --yes.",
        "A confirmation is needed and nobody is there to give it: add --yes.",
    ),
    "not_confirmed": ("Rien n’a été envoyé.", "Nothing was sent."),
    "database_url_wrong": (
        "database_url ne peut pas être lu (« {url} »). Exemple : sqlite:///newsletter.db.",
        "database_url cannot be read (« {url} »). Example: sqlite:///newsletter.db.",
    ),
    "database_in_memory": (
        "database_url désigne une base en mémoire : rien ne serait gardé. Exemple : sqlite:///newsletter.db.",
        "database_url names a database in memory: nothing would be kept. Example: sqlite:///newsletter.db.",
    ),
    "database_kind_unknown": (
        "Base de données « {kind} » : cette version ne connaît que SQLite, sqlite:///newsletter.db.",
        "Database « {kind} »: this version knows SQLite only, sqlite:///newsletter.db.",
    ),
    "database_newer": (
        "Cette base vient d’un programme plus récent ({found}, ici {known}) : mettez newsletter à jour.",
        "This database comes from a newer program ({found}, here {known}): update newsletter.",
    ),
    "database_of_another": (
        "Cette base appartient à une autre publication (list_id {found}, ici {expected}) : corrigez database_url ou list_id.",
        "This database belongs to another publication (list_id {found}, here {expected}): mend database_url or list_id.",
    ),
    "suppression_key_changed": (
        "suppression_key n’est pas celle de cette base : remettez l’ancienne, sans elle les personnes parties ne seraient plus reconnues.",
        "suppression_key is not this database's: put the old one back, without it whoever left would not be recognised.",
    ),
    "database_unusable": (
        "La base de données ne répond pas : {reason}. Rien n’est perdu : réglez cela et relancez.",
        "The database does not answer: {reason}. Nothing is lost: mend this and run again.",
    ),
    "system_refuses": ("Le système refuse : {reason}.", "The system refuses: {reason}."),
    "too_large": ("C’est trop gros pour être traité ({reason}).", "This is too large to handle ({reason})."),
    "not_text": ("Ce texte est mal encodé : {reason}.", "This text is badly encoded: {reason}."),
    "interrupted": (
        "Interrompu. Rien n’est perdu : relancez la même commande.",
        "Interrupted. Nothing is lost: run the same command again.",
    ),
    "bug": (
        "Défaut du programme ({kind}: {reason}). Relancez avec NEWSLETTER_DEBUG=1 et signalez ce qui s’affiche.",
        "A defect of the program ({kind}: {reason}). Run again with NEWSLETTER_DEBUG=1 and report what it prints.",
    ),
    "title_missing": ("Donnez un titre au numéro.", "Give the issue a title."),
    "issue_elsewhere": (
        "{path} n’est pas dans {folder} : l’aperçu ne montre que les numéros de la publication.",
        "{path} is not in {folder}: the preview shows the publication's issues only.",
    ),
    "port_taken": (
        "Le port {port} est pris : choisissez-en un autre avec --port, ou laissez newsletter en trouver un.",
        "Port {port} is taken: choose another with --port, or let newsletter find one.",
    ),
    "test_not_allowed": (
        "{address} n’est pas de celles à qui l’on envoie des essais : ajoutez-la à test_recipients dans newsletter.toml.",
        "{address} is none that tests are sent to: add it to test_recipients in newsletter.toml.",
    ),
    "approval_name": (
        "Un accord se donne sous un nom, de {maximum} signes au plus.",
        "An approval is given in a name, of at most {maximum} characters.",
    ),
    "approval_missing": (
        "Personne n’a donné son accord à ce numéro tel qu’il est ({digest}){by:?, «» avait approuvé une version d’avant}. Relisez-le, puis : newsletter approve {slug} --by NOM",
        "Nobody has approved this issue as it is ({digest}){by:?, «» had approved an earlier one}. Read it, then: newsletter approve {slug} --by NAME",
    ),
    "desk_blocked": ("Corrigez d’abord les erreurs.", "Mend the errors first."),
    "desk_troubled": (
        "Ce que l’on voit n’est plus ce qui est écrit : {trouble}",
        "What is seen is not what is written any more: {trouble}",
    ),
    "desk_not_here": (
        "L’aperçu ne répond qu’à sa propre machine.",
        "The preview answers on its own machine only.",
    ),
    "desk_not_ours": (
        "Seules les pages de l’aperçu peuvent changer quelque chose.",
        "Only the preview's own pages may change something.",
    ),
    "desk_stale": (
        "L’aperçu a été relancé depuis : rechargez cette page.",
        "The preview was started anew since: load this page again.",
    ),
    "desk_too_long": ("C’est trop long.", "That is too long."),
    "desk_nonsense": ("Demande incompréhensible.", "That request makes no sense."),
    "desk_nobody": ("Choisissez au moins une adresse.", "Choose at least one address."),
    "desk_changed": (
        "Le numéro vient de changer : regardez-le encore une fois.",
        "The issue has just changed: look at it once more.",
    ),
}
