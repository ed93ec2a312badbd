"""Sentences of errors that stop a command: what is wrong, and what to do."""

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
        "Aucun numéro « {name} » dans {folder}.{near:? Vouliez-vous «» ?} Les plus récents : {known}.",
        "No issue « {name} » in {folder}.{near:? Did you mean «»?} The newest: {known}.",
    ),
    "issues_none": (
        'Aucun numéro dans {folder}. Pour en créer un : newsletter new "Le titre".',
        'No issue in {folder}. To create one: newsletter new "The title".',
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
        "Cette page emboîte trop d’éléments les uns dans les autres : ouvrez-la dans un navigateur, copiez son texte, et convertissez-le.",
        "This page nests too many elements in one another: open it in a browser, copy its text, and convert that.",
    ),
    "convert_broken": (
        "Ce document Word est abîmé ({reason}) : ouvrez-le dans Word et enregistrez-le de nouveau en .docx.",
        "This Word document is broken ({reason}): open it in Word and save it again as .docx.",
    ),
    "setting_missing": (
        "Réglage manquant : {name}. Ajoutez-le à {where} ; s’il y a déjà une base, remettez le .env de votre sauvegarde, sinon newsletter init crée les clés.",
        "Missing setting: {name}. Add it to {where}; where there is a database, put your backup’s .env back, else newsletter init makes the keys.",
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
    "theme_options": ("{at} ne peut pas être lu ({reason}).", "{at} cannot be read ({reason})."),
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
    "received_no_message": (
        "Ce fichier n’est pas la source d’un message : dans votre messagerie, « Afficher l’original », puis enregistrez-le.",
        "This file is not the source of a message: in your mail program “Show original”, then save it.",
    ),
    "proxy_wrong": (
        "« {typed} » n’est pas une adresse ni un réseau : écrivez par exemple 127.0.0.1 ou 10.0.0.0/8.",
        "« {typed} » is no address and no network: write 127.0.0.1, for example, or 10.0.0.0/8.",
    ),
    "assets_blocked": (
        "« {issue} » a des erreurs : corrigez-les avant de le publier.",
        "« {issue} » has errors: correct them before you publish it.",
    ),
    "trial_of_another": (
        "Cet essai est celui d’un compte SendGrid, et provider vaut « {provider} ».",
        "This trial is of a SendGrid account, and provider is « {provider} ».",
    ),
    "old_token": ("Ce lien n’est plus valable.", "This link is no longer good."),
    "reader_suppressed": (
        "Cette adresse est bloquée pour une autre raison qu’un départ : newsletter subscribers show dit laquelle.",
        "This address is suppressed for another reason than leaving: newsletter subscribers show says which.",
    ),
    "bad_token": ("Ce lien n’est pas de nous, ou il est abîmé.", "This link is not ours, or it is damaged."),
    "file_unreadable": ("{path} ne peut pas être lu : {reason}.", "{path} cannot be read: {reason}."),
    "csv_broken": ("{path}:{line} : ce CSV est abîmé ({reason}).", "{path}:{line}: this CSV is broken ({reason})."),
    "csv_broken_long_cell": (
        "{path}:{line} : une cellule dépasse un million de signes. Un guillemet n’est sans doute pas refermé avant cette ligne.",
        "{path}:{line}: a cell is longer than a million characters. Probably a quote is not closed before this line.",
    ),
    "csv_without_address_column": (
        "{path}:1 : aucune colonne d’adresses parmi « {found} ». Nommez-en une ainsi : {wanted}.",
        "{path}:1: no column of addresses among « {found} ». Name one so: {wanted}.",
    ),
    "row_not_an_address": ("« {value} » n’est pas une adresse utilisable.", "« {value} » is not a usable address."),
    "row_not_an_address_without_at": (
        "« {value} » n’est pas une adresse utilisable : il n’y a pas de @.",
        "« {value} » is not a usable address: it has no @.",
    ),
    "row_not_an_address_several": (
        "« {value} » n’est pas une adresse utilisable : il y en a plusieurs dans la même cellule. Mettez chacune sur sa ligne.",
        "« {value} » is not a usable address: the cell holds several. Put each one on a line of its own.",
    ),
    "row_not_an_address_two_ats": (
        "« {value} » n’est pas une adresse utilisable : il y a deux @.",
        "« {value} » is not a usable address: it has two @.",
    ),
    "row_not_an_address_cut": (
        "« {value} » n’est pas une adresse utilisable : il manque ce qui est avant ou après le @.",
        "« {value} » is not a usable address: what stands before or after the @ is missing.",
    ),
    "row_not_an_address_space": (
        "« {value} » n’est pas une adresse utilisable : elle contient une espace.",
        "« {value} » is not a usable address: it contains a space.",
    ),
    "row_not_an_address_accent": (
        "« {value} » n’est pas une adresse utilisable : il y a une lettre accentuée (ou non latine) avant le @, que la plupart des messageries n’acceptent pas. Demandez à cette personne son adresse sans accent.",
        "« {value} » is not a usable address: a letter with an accent (or not Latin) stands before the @, and most mail servers do not accept that. Ask this person for the address without accents.",
    ),
    "row_not_an_address_long": (
        "« {value} » n’est pas une adresse utilisable : elle est trop longue.",
        "« {value} » is not a usable address: it is too long.",
    ),
    "row_not_an_address_dots": (
        "« {value} » n’est pas une adresse utilisable : un point est au début, à la fin, à côté du @ ou à côté d’un autre point.",
        "« {value} » is not a usable address: a dot stands at the start, at the end, beside the @ or beside another dot.",
    ),
    "row_not_an_address_domain": (
        "« {value} » n’est pas une adresse utilisable : ce qui suit le @ n’a pas de point (exemple.fr).",
        "« {value} » is not a usable address: what follows the @ has no dot (example.org).",
    ),
    "row_not_an_address_reserved": (
        "« {value} » n’est pas une adresse utilisable : son domaine est réservé aux essais et aux réseaux internes, aucun message n’y arrive.",
        "« {value} » is not a usable address: its domain is reserved for tests and internal networks, no message arrives there.",
    ),
    "row_not_an_address_sign": (
        "« {value} » n’est pas une adresse utilisable : elle contient un signe qu’une adresse ne peut pas avoir.",
        "« {value} » is not a usable address: it contains a character that an address cannot have.",
    ),
    "row_without_address": ("Pas d’adresse sur cette ligne.", "No address on this line."),
    "row_quote_open": (
        "Après « {value} », un guillemet n’est pas refermé : il a avalé les lignes jusqu’ici. Corrigez-le, et importez de nouveau.",
        "After « {value} » a quote is not closed: it swallowed the lines down to here. Mend it, and import again.",
    ),
    "row_name_too_long": ("Le nom de « {value} » est trop long.", "The name of « {value} » is too long."),
    "row_value_too_long": (
        "Une valeur de « {value} » dépasse 2 000 signes.",
        "A value of « {value} » is longer than 2,000 characters.",
    ),
    "row_attributes_broken": (
        "Les attributs de « {value} » ne sont pas un objet JSON.",
        "The attributes of « {value} » are no JSON object.",
    ),
    "row_not_json": ("Cette ligne n’est pas un objet JSON : {value}", "This line is no JSON object: {value}"),
    "row_export_broken": (
        "« {value} » : listes, état, journal ou identifiant illisibles pour un export de newsletter.",
        "« {value} »: lists, state, journal or id that no export of newsletter has.",
    ),
    "row_hash_of_another_key": (
        "Empreinte faite avec une autre suppression_key : elle ne reconnaîtrait personne ici.",
        "A hash made with another suppression_key: it would recognise nobody here.",
    ),
    "row_probably_mistyped": (
        "Sans doute mal tapée : vouliez-vous dire « {value} » ? (importée telle quelle)",
        "Probably mistyped: did you mean « {value} »? (imported as it is)",
    ),
    "row_too_long": (
        "Plus de cellules que de colonnes, à partir de « {value} » : un séparateur de trop, ou un guillemet oublié ?",
        "More cells than columns, at « {value} »: a delimiter too many, or a quote forgotten?",
    ),
    "line_too_long": (
        "{path}:{line} : cette ligne est trop longue pour être lue.",
        "{path}:{line}: this line is too long to be read.",
    ),
    "file_damaged": ("Ce fichier est abîmé : {reason}.", "This file is damaged: {reason}."),
    "json_several": (
        "{path}:{line} : ce JSON contient plusieurs listes de personnes. Faites-en un fichier chacune.",
        "{path}:{line}: this JSON holds several lists of people. Make a file of each.",
    ),
    "database_empty": ("Il n’y a pas encore de base à copier.", "There is no database to copy yet."),
    "json_broken": ("{path}:{line} : ce JSON est abîmé ({reason}).", "{path}:{line}: this JSON is broken ({reason})."),
    "archive_broken": ("{path} : cette archive est abîmée ({reason}).", "{path}: this archive is broken ({reason})."),
    "archive_without_tables": (
        "{path} : aucun fichier de cette archive n’a de colonne d’adresses.",
        "{path}: no file of this archive has a column of addresses.",
    ),
    "map_unknown_column": (
        "{path} : aucune colonne « {column} ». Colonnes : {found}.",
        "{path}: no column « {column} ». Columns: {found}.",
    ),
    "map_wrong": (
        "--map {typed} : écrivez COLONNE=CHAMP, par exemple --map Courriel=email.",
        "--map {typed}: write COLUMN=FIELD, for example --map Courriel=email.",
    ),
    "origin_unknown": (
        "--from {name} : inconnu. Possibles : {allowed}.",
        "--from {name}: unknown. Allowed: {allowed}.",
    ),
    "import_list_missing": (
        "Sur quelle liste ? Ajoutez --list NOM.",
        "Onto which list? Add --list NAME.",
    ),
    "import_list_given": (
        "C’est un export de newsletter : il dit lui-même qui est sur quelle liste. Retirez --list {list}.",
        "This is an export of newsletter: it says itself who is on which list. Leave --list {list} out.",
    ),
    "import_suppression_unclear": (
        "{file} ressemble à une liste de suppression de SendGrid, mais son nom ne dit pas laquelle. Ajoutez --from sendgrid-unsubscribes (ou -bounces, -spam, -invalid, -blocks), ou --from generic si ce sont des abonnés.",
        "{file} looks like a suppression list of SendGrid, but its name does not say which. Add --from sendgrid-unsubscribes (or -bounces, -spam, -invalid, -blocks), or --from generic if these are subscribers.",
    ),
    "import_state_unclear": (
        '{file} : {count:|la colonne|les colonnes} {columns} {count:|dit|disent} peut-être qui est parti ou n’a pas voulu. Rien n’a été importé. Retirez ces personnes du fichier, puis ignorez {count:|la colonne|ces colonnes} : {options}. Pour en garder une comme attribut : --map "{column}=nom".',
        '{file}: {count:|the column|the columns} {columns} may say who left or did not want it. Nothing was imported. Take these people out of the file, then skip {count:|the column|these columns}: {options}. To keep one as an attribute: --map "{column}=name".',
    ),
    "row_date_unread": (
        "La date « {value} » ne peut pas être lue : écrivez-la ainsi, 2024-12-31.",
        "The date « {value} » cannot be read: write it as 2024-12-31.",
    ),
    "row_date_unread_gone": (
        "La date « {value} » ne peut pas être lue. La personne ne recevra rien : elle est notée partie aujourd’hui.",
        "The date « {value} » cannot be read. This person gets nothing: they are noted as gone today.",
    ),
    "row_state_unclear": (
        "Rien ne dit que « {value} » est abonné là d’où vient ce fichier.",
        "Nothing says that « {value} » is subscribed where this file comes from.",
    ),
    "language_wrong": (
        "« {typed} » n’est pas un code de langue : fr, en, fr-CA.",
        "« {typed} » is no language code: fr, en, fr-CA.",
    ),
    "list_has_readers": (
        "« {list} » ne peut pas devenir une liste d’essai : l’envoi {number} y est parti pour de bon. Faites-en une autre : newsletter lists add essai --test",
        "« {list} » cannot become a list for tests: campaign {number} went out to it for good. Make another one: newsletter lists add test --test",
    ),
    "list_name_wrong": (
        "Un nom de liste n’a ni point-virgule, ni signe égal, ni guillemet, et 200 signes au plus (« {name} »).",
        "A list's name has no semicolon, equals sign or quote, and at most 200 characters (« {name} »).",
    ),
    "tag_missing": ("Donnez un nom à l’étiquette.", "Give the tag a name."),
    "tag_whom": ("À qui ? Une adresse, ou --where FILTRE.", "Whom? An address, or --where FILTER."),
    "attribute_wrong": (
        "--attribute {typed} : écrivez NOM=VALEUR, le nom en minuscules sans accent (ville=Lyon).",
        "--attribute {typed}: write NAME=VALUE, the name in small letters without accents (ville=Lyon).",
    ),
    "consent_missing": (
        "Il faut dire à quoi cette personne a consenti : ajoutez --consent « ses mots ».",
        "Say what this person agreed to: add --consent « the words ».",
    ),
    "came_and_left": (
        "« {address} » n’est pas ajoutée à « {list} » : cette personne est partie, ou bloquée. Si elle demande à revenir : --again --consent « ses mots ».",
        "« {address} » is not added to « {list} »: they left, or are suppressed. If they ask to come back: --again --consent « the words ».",
    ),
    "address_taken": (
        "« {address} » est déjà celle de quelqu’un d’autre.",
        "« {address} » is somebody else's already.",
    ),
    "address_suppressed": (
        "L’adresse ne peut pas devenir « {address} » : l’ancienne ou la nouvelle est bloquée.",
        "The address cannot become « {address} »: the old or the new one is suppressed.",
    ),
    "span_wrong": (
        "« {typed} » n’est pas une durée : 3y (ans), 18m (mois), 26w (semaines), 90d (jours).",
        "« {typed} » is no span: 3y (years), 18m (months), 26w (weeks), 90d (days).",
    ),
    "not_pruned": ("Personne n’a été effacé.", "Nobody was erased."),
    "day_wrong": (
        "« {typed} » n’est pas un jour : écrivez 2026-11-20, ou 20/11/2026.",
        "« {typed} » is no day: write 2026-11-20.",
    ),
    "unblock_reason_wrong": (
        "« {reason} » ne peut pas être levé : seulement {allowed}. Une plainte, un départ ou un effacement est la volonté de la personne : si elle demande à revenir, newsletter subscribers add ADRESSE --list NOM --again --consent « ses mots ».",
        "« {reason} » cannot be lifted: only {allowed}. A complaint, a departure or an erasure is the person's will: if they ask to come back, newsletter subscribers add ADDRESS --list NAME --again --consent « the words ».",
    ),
    "unblock_days_wrong": (
        "--until {until:%Y-%m-%d} est avant --since {since:%Y-%m-%d}.",
        "--until {until:%Y-%m-%d} is before --since {since:%Y-%m-%d}.",
    ),
    "segment_name_wrong": (
        "« {name} » : un segment s’appelle en minuscules sans accent, chiffres et _ (lyon_2026).",
        "« {name} »: a segment is called by small letters without accents, digits and _ (lyon_2026).",
    ),
    "segment_unknown": (
        'Aucun segment « {name} ».{near:? Vouliez-vous «» ?} Segments : {known}. Un filtre, lui, compare : ville = "Lyon".',
        'No segment « {name} ».{near:? Did you mean «»?} Segments: {known}. A filter compares: ville = "Lyon".',
    ),
    "filter_field_unknown": (
        "« {field} » n’est pas un champ, et personne n’a d’attribut de ce nom.{near:? Vouliez-vous «» ?} Champs : courriel, domain, prenom, nom, langue, tag, list, created, contact. Attributs : {attributes}. Pour un attribut que personne n’a encore, écrivez attribut.{field}.\n{pointer}",
        "« {field} » is no field, and nobody has an attribute of that name.{near:? Did you mean «»?} Fields: email, domain, first_name, last_name, language, tag, list, created, contact. Attributes: {attributes}. For an attribute that nobody has yet, write attribute.{field}.\n{pointer}",
    ),
    "filter_unreadable": (
        "Filtre illisible au signe {column} (« {found} »). Un texte se met entre guillemets droits.\n{pointer}",
        "The filter cannot be read at character {column} (« {found} »). Text stands in straight quotes.\n{pointer}",
    ),
    "filter_unreadable_here": (
        "Filtre illisible au signe {column} (« {found} »). Possible ici : {wanted}\n{pointer}",
        "The filter cannot be read at character {column} (« {found} »). Possible here: {wanted}\n{pointer}",
    ),
    "filter_ends": (
        "Le filtre s’arrête trop tôt. Possible ici : {wanted}\n{pointer}",
        "The filter ends too early. Possible here: {wanted}\n{pointer}",
    ),
    "filter_too_long": (
        "Le filtre dépasse {maximum:n} signes.",
        "The filter is longer than {maximum:n} characters.",
    ),
    "filter_too_deep": ("Le filtre est trop imbriqué.", "The filter is nested too deeply."),
    "filter_operator": (
        "« {field} » ne se compare qu’avec : {allowed}\n{pointer}",
        "« {field} » can be compared by: {allowed}\n{pointer}",
    ),
    "filter_day": (
        "« {field} » se compare à un jour, 2026-01-31.\n{pointer}",
        "« {field} » is compared with a day, 2026-01-31.\n{pointer}",
    ),
    "filter_number": (
        "< <= > >= comparent des nombres : « {field} » attend un nombre, par exemple 42, sans guillemets.\n{pointer}",
        "< <= > >= compare numbers: « {field} » expects a number, for example 42, without quotes.\n{pointer}",
    ),
    "filter_no_such_day": ("Le jour {day} n’existe pas.\n{pointer}", "There is no day {day}.\n{pointer}"),
    "sent_to_another_segment": (
        "Ce numéro a déjà un envoi, le {number}, à d’autres personnes de la liste{segment:? (segment «»)} : l’envoyer aussi à toutes celles-ci pourrait le donner deux fois à quelqu’un. Rien n’a été fait. Pour l’envoyer à celles qui ne l’ont pas : la même commande avec --only-missing.",
        "This issue has a campaign already, number {number}, to other people of the list{segment:? (segment «»)}: sending it to all of these too could give it to somebody twice. Nothing was done. To send it to those who have it not: the same command with --only-missing.",
    ),
    "file_exists": (
        "{path} existe déjà, et n’est pas écrasé : donnez un autre nom.",
        "{path} exists already and is not overwritten: give another name.",
    ),
    "database_needs_psycopg": (
        "PostgreSQL demande psycopg : pip install 'newsletter[postgres]'.",
        "PostgreSQL needs psycopg: pip install 'newsletter[postgres]'.",
    ),
    "database_older": (
        "Cette base est d’une version plus ancienne ({found}, ici {known}). Faites une copie (docs/subscribers.md), puis : newsletter db upgrade.",
        "This database is of an older version ({found}, here {known}). Copy it (docs/subscribers.md), then: newsletter db upgrade.",
    ),
    "backup_by_pg_dump": (
        "Une base PostgreSQL se copie avec pg_dump, voir docs/subscribers.md.",
        "A PostgreSQL database is copied with pg_dump, see docs/subscribers.md.",
    ),
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
    "nobody_in_segment": (
        "Le segment « {segment} » ne désigne aucun des {confirmed:n} abonnés confirmés de la liste « {list} ». Rien n’a été envoyé. Pour compter : newsletter segments count FILTRE --list {list}.",
        "The segment « {segment} » means none of the {confirmed:n} confirmed people of the list « {list} ». Nothing was sent. To count: newsletter segments count FILTER --list {list}.",
    ),
    "nobody_missing": (
        "Personne à qui l’envoyer : tous les abonnés confirmés de la liste « {list} »{segment:?, segment «»,} l’ont, l’ont peut-être, ou le recevront encore.",
        "Nobody to send to: every confirmed subscriber of the list « {list} »{segment:?, segment «»,} has it, may have it, or still gets it.",
    ),
    "folder_is_a_copy": (
        "Ce dossier a été copié ou déplacé depuis {path} : s’il y envoie encore, vos abonnés recevraient tout deux fois. Rien n’a été envoyé. Si c’est d’ici qu’on envoie désormais : newsletter db adopt",
        "This folder was copied or moved from {path}: if that one still sends, your subscribers would get everything twice. Nothing was sent. If this is the one that sends from now on: newsletter db adopt",
    ),
    "database_restored": (
        "La base de données est une copie : plus ancienne que ce que ce dossier a noté, ou venue d’un autre dossier. Rien n’a été fait. Regardez ce qui lui manquait, puis décidez : newsletter db adopt",
        "The database is a copy: older than what this folder noted, or from another folder. Nothing was done. See what it lacked, then decide: newsletter db adopt",
    ),
    "database_behind": (
        "La base de données a été remplacée pendant cette commande. Rien n’a été fait : relancez la même commande.",
        "The database was replaced while this command ran. Nothing was done: run the same command again.",
    ),
    "went_out_slug": (
        "Un numéro « {slug} » a déjà un envoi ({number}, décidé le {at:%d/%m/%Y}), avec un autre « id ». Rien n’a été fait. Si c’est le même, remettez son « id » ; si c’en est un autre, changez son slug, ou dites-le : --new-issue {number}",
        "An issue « {slug} » has a campaign already ({number}, planned on {at:%Y-%m-%d}), with another “id”. Nothing was done. If it is the same, put its “id” back; if it is another one, change its slug, or say so: --new-issue {number}",
    ),
    "went_out_edition": (
        "Ce texte a déjà un envoi : le {number}, « {slug} », décidé le {at:%d/%m/%Y}. Rien n’a été fait. Pour l’envoyer de nouveau à tous, même à ceux qui l’ont : --new-issue {number}",
        "This text has a campaign already: {number}, « {slug} », planned on {at:%Y-%m-%d}. Nothing was done. To send it again to everybody, even to those who have it: --new-issue {number}",
    ),
    "went_out_text": (
        "Le même objet et presque le même texte ont déjà un envoi ({number}, « {slug} », décidé le {at:%d/%m/%Y}). Rien n’a été fait. Si c’est le même numéro, remettez son « id » ; si c’en est un autre : --new-issue {number}",
        "The same subject and almost the same text have a campaign already ({number}, « {slug} », planned on {at:%Y-%m-%d}). Nothing was done. If it is the same issue, put its “id” back; if it is another one: --new-issue {number}",
    ),
    "campaign_finished": (
        "L’envoi {number} n’a plus rien à envoyer. Son état : newsletter campaigns show {number}",
        "Campaign {number} has nothing left to send. Its state: newsletter campaigns show {number}",
    ),
    "id_lost": (
        "Un numéro « {slug} » a déjà un envoi, et celui-ci n’a pas d’identifiant. Si c’est le même, remettez dans l’en-tête la ligne « id: {id} » ; sinon, changez son slug.",
        "An issue « {slug} » has a campaign already, and this one has no id. If it is the same, put the line « id: {id} » back into its front matter; if not, change its slug.",
    ),
    "sent_to_another_list": (
        "Ce numéro a déjà un envoi, le {number}, à la liste « {list} » : l’envoyer à toute la liste « {wanted} » pourrait le donner deux fois à quelqu’un. Rien n’a été fait. Pour l’envoyer à ceux de « {wanted} » qui ne l’ont pas : la même commande avec --only-missing.",
        "This issue has a campaign already, number {number}, to the list « {list} »: sending it to all of « {wanted} » could give it to somebody twice. Nothing was done. To send it to those of « {wanted} » who have it not: the same command with --only-missing.",
    ),
    "confirm_number_wrong": (
        "Rien n’a été fait : il fallait taper {expected:n}.",
        "Nothing was done: {expected:n} was to be typed.",
    ),
    "merge_tag_empty": (
        '{count:n} {count:|personne n’a|personnes n’ont} rien pour {{{{ {name} }}}} : donnez une valeur par défaut, par exemple {{{{ {name} | default("vous") }}}}, ou envoyez à un segment qui les laisse de côté.',
        '{count:n} {count:|person has|people have} nothing for {{{{ {name} }}}}: give a default, for example {{{{ {name} | default("you") }}}}, or send to a segment that leaves them out.',
    ),
    "round_unfinished": (
        "Le premier envoi de ce numéro ({campaign}) n’est pas terminé : newsletter campaigns show {campaign} dit où il en est.",
        "The first sending of this issue ({campaign}) is not finished: newsletter campaigns show {campaign} says where it is.",
    ),
    "round_without_first": (
        "Ce numéro n’a encore été envoyé à aucun lecteur : la même commande sans --only-missing.",
        "This issue was sent to no reader yet: the same command without --only-missing.",
    ),
    "time_wrong": (
        "« {typed} » n’est pas une durée : écrivez 90s, 10m ou 2h.",
        "« {typed} » is no length of time: write 90s, 10m or 2h.",
    ),
    "rate_wrong": (
        "« {typed} » n’est pas un débit : écrivez 5000/h ou 20/min.",
        "« {typed} » is no rate: write 5000/h or 20/min.",
    ),
    "moment_wrong": (
        "« {typed} » n’est pas un moment : écrivez 01/12/2026 08:00 (le jour d’abord) ou 2026-12-01 08:00, ou 08:00 pour la prochaine fois.",
        "« {typed} » is no moment: write 2026-12-01 08:00 or 01/12/2026 08:00 (the day first), or 08:00 for the next one.",
    ),
    "moment_skipped": (
        "« {typed} » n’existe pas à {zone} : les horloges avancent à cette heure-là. Choisissez une heure plus tard.",
        "« {typed} » does not exist in {zone}: the clocks go forward then. Choose an hour later.",
    ),
    "moment_past": (
        "« {typed} » est passé : il est {now:%H:%M} le {now:%d/%m/%Y}.",
        "« {typed} » is past: it is {now:%H:%M} on {now:%Y-%m-%d}.",
    ),
    "campaign_unknown": (
        "Aucun envoi {number}. Envois : {known}.",
        "No campaign {number}. Campaigns: {known}.",
    ),
    "campaign_stands": (
        "Rien n’a été fait. Envoi {number} : {status} {next}",
        "Nothing was done. Campaign {number}: {status} {next}",
    ),
    "campaign_waits": (
        "Rien n’a été fait. L’état de l’envoi {number} : newsletter campaigns show {number}",
        "Nothing was done. The state of campaign {number}: newsletter campaigns show {number}",
    ),
    "kept_by_another_provider": (
        'Seul {provider}, qui garde ces messages, peut les reprendre : remettez provider = "{provider}" dans newsletter.toml, puis newsletter campaigns cancel {number}.',
        'Only {provider}, who keeps these messages, can take them back: set provider = "{provider}" in newsletter.toml again, then newsletter campaigns cancel {number}.',
    ),
    "reschedule_by_another": (
        'L’envoi {number} est à faire par {provider}, que les réglages ne nomment plus : remettez provider = "{provider}" dans newsletter.toml, puis relancez newsletter campaigns reschedule {number}.',
        'Campaign {number} is to go through {provider}, which the settings do not name any more: set provider = "{provider}" in newsletter.toml again, then run newsletter campaigns reschedule {number} again.',
    ),
    "reschedule_when": (
        "À quelle heure ? newsletter campaigns reschedule {number} --at HEURE, ou --hold DURÉE.",
        "At what time? newsletter campaigns reschedule {number} --at TIME, or --hold SPAN.",
    ),
    "reschedule_under_way": (
        "Rien n’a changé : {count:n} {count:|message de l’envoi {number} est|messages de l’envoi {number} sont} en route. Mettez-le en pause (newsletter campaigns pause {number}), puis recommencez quand newsletter campaigns show {number} n’en montre plus.",
        "Nothing was changed: {count:n} {count:|message|messages} of campaign {number} are under way. Pause it (newsletter campaigns pause {number}), then try again when newsletter campaigns show {number} shows none any more.",
    ),
    "reschedule_in_doubt": (
        "Rien n’a changé : {count:n} {count:|personne est|personnes sont} en doute, et {provider} peut encore laisser partir leur message le {at:%d/%m/%Y à %H:%M}. newsletter dispatch --once se renseigne ; newsletter campaigns show {number} dit quand c’est éclairci.",
        "Nothing was changed: {count:n} {count:|person is|people are} in doubt, and {provider} may still let their message go on {at:%Y-%m-%d at %H:%M}. newsletter dispatch --once looks into it; newsletter campaigns show {number} says when it is cleared up.",
    ),
    "reschedule_too_late": (
        "Rien n’a changé : {provider} garde {count:n} {count:|message|messages} de l’envoi {number} jusqu’au {at:%d/%m/%Y à %H:%M}, et ne les reprend pour certain que jusqu’à dix minutes avant. newsletter campaigns show {number} dit où il en est.",
        "Nothing was changed: {provider} keeps {count:n} {count:|message|messages} of campaign {number} until {at:%Y-%m-%d at %H:%M}, and takes them back for certain only until ten minutes before. newsletter campaigns show {number} says where it is.",
    ),
    "reschedule_no_room": (
        "Rien n’a changé : {provider} garde {count:n} {count:|message|messages} de l’envoi {number} jusqu’au {at:%d/%m/%Y à %H:%M}, et n’a de place que pour en reprendre {room:n} {room:|lot|lots}. newsletter campaigns cancel {number} reprend ce qui peut l’être.",
        "Nothing was changed: {provider} keeps {count:n} {count:|message|messages} of campaign {number} until {at:%Y-%m-%d at %H:%M}, and has room to take back {room:n} {room:|chunk|chunks} only. newsletter campaigns cancel {number} takes back what can be.",
    ),
    "reschedule_unconfirmed": (
        "L’envoi {number} garde son heure, le {at:%d/%m/%Y à %H:%M} : {provider} n’a pas confirmé qu’il reprend {count:n} {count:|message|messages}. newsletter dispatch --once se renseigne ; recommencez quand newsletter campaigns show {number} ne montre plus de doute.",
        "Campaign {number} keeps its time, {at:%Y-%m-%d at %H:%M}: {provider} did not confirm that {count:n} {count:|message is|messages are} taken back. newsletter dispatch --once looks into it; try again when newsletter campaigns show {number} shows no doubt any more.",
    ),
    "fence_impossible": (
        "--fence demande SendGrid, pas de --rate, et 15 minutes au moins jusqu’au départ.",
        "--fence needs SendGrid, no --rate, and at least 15 minutes until it leaves.",
    ),
    "campaign_moved": (
        "Quelqu’un d’autre vient de changer l’envoi {number} : regardez-le de nouveau (newsletter campaigns show {number}).",
        "Somebody else has just changed campaign {number}: look at it again (newsletter campaigns show {number}).",
    ),
    "chunk_unknown": (
        "Le lot {number} n’est ni en doute ni retenu. Lots à décider : {known}.",
        "Chunk {number} is neither in doubt nor held. Chunks to decide: {known}.",
    ),
    "resolve_cancelled": (
        "L’envoi {number} est annulé : rien n’en repart. newsletter campaigns resolve {number} --taken (ils l’ont), ou --give-up (renoncer).",
        "Campaign {number} is cancelled: nothing of it goes out again. newsletter campaigns resolve {number} --taken (they have it), or --give-up (let it be).",
    ),
    "chunk_fenced": (
        "Ce lot a été repris chez le prestataire : ce qui y attend encore ne partira pas. Renvoyez-le (--again), renoncez (--give-up, seul possible si l’envoi est annulé), ou regardez après l’heure prévue (newsletter campaigns show {number}).",
        "This chunk was held back at the provider: what still waits there will not leave. Send it again (--again), let it be (--give-up, the only choice where the campaign is cancelled), or look after its time (newsletter campaigns show {number}).",
    ),
    "nothing_held": (
        "Aucun lot n’est retenu. Ceux qui sont encore en doute s’éclaircissent souvent d’eux-mêmes ; pour décider quand même, nommez-les avec --chunk : {known}.",
        "No chunk is held. Those still in doubt often clear up by themselves; to decide all the same, name them with --chunk: {known}.",
    ),
    "not_in_campaign": (
        "{address} n’était pas parmi les destinataires de l’envoi {number}.",
        "{address} was not among the recipients of campaign {number}.",
    ),
    "sent_by_another_provider": (
        'L’envoi {number} est à faire par {provider}, que les réglages ne nomment plus : remettez provider = "{provider}" dans newsletter.toml, ou annulez-le (newsletter campaigns cancel {number}).',
        'Campaign {number} is to go through {provider}, which the settings do not name any more: set provider = "{provider}" in newsletter.toml again, or cancel it (newsletter campaigns cancel {number}).',
    ),
    "needs_sendgrid": (
        'Cette commande demande provider = "sendgrid".',
        'This command needs provider = "sendgrid".',
    ),
    "provider_unavailable": (
        "{provider} ne prend pas de messages pour l’instant ({reason}). newsletter campaigns list dit ce qui est remis, en attente ou en doute ; newsletter doctor, ce qui cloche. Une fois cela réglé, relancez la même commande.",
        "{provider} takes no messages for now ({reason}). newsletter campaigns list says what is handed over, waiting or in doubt; newsletter doctor, what is wrong. When that is settled, run the same command again.",
    ),
    "provider_login_sendgrid": (
        "SendGrid refuse la clé d’API ({reason}) : tant qu’elle n’est pas corrigée, rien ne part. Mettez-en une bonne, qui a le droit « Mail Send », dans .env (NEWSLETTER_SENDGRID__API_KEY), puis relancez la même commande.",
        "SendGrid refuses the API key ({reason}): as long as it is not corrected, nothing leaves. Put a good one, which has the right “Mail Send”, into .env (NEWSLETTER_SENDGRID__API_KEY), then run the same command again.",
    ),
    "provider_login_smtp": (
        "Le serveur d’envoi refuse le nom ou le mot de passe ({reason}) : tant qu’ils ne sont pas corrigés, rien ne part. Corrigez username sous [smtp] dans newsletter.toml et NEWSLETTER_SMTP__PASSWORD dans .env, puis relancez la même commande.",
        "The mail relay refuses the name or the password ({reason}): as long as they are not corrected, nothing leaves. Correct username under [smtp] in newsletter.toml and NEWSLETTER_SMTP__PASSWORD in .env, then run the same command again.",
    ),
    "provider_credits": (
        "Le compte {provider} n’a plus de crédits ({reason}) : rien ne part avant qu’il en ait. Augmentez le forfait chez {provider} ou attendez qu’il se renouvelle, puis relancez la même commande.",
        "The {provider} account has no credits left ({reason}): nothing leaves before it has some. Enlarge the plan at {provider} or wait until it is renewed, then run the same command again.",
    ),
    "provider_sender": (
        "{provider} refuse l’expéditeur ({reason}). Faites-le valider chez {provider}, ou corrigez email sous [sender] dans newsletter.toml, puis relancez la même commande.",
        "{provider} refuses the sender ({reason}). Have it verified at {provider}, or correct email under [sender] in newsletter.toml, then run the same command again.",
    ),
    "provider_relaying": (
        "Le serveur d’envoi ne transmet pas pour cette machine ou cet expéditeur ({reason}). Donnez username et mot de passe sous [smtp], ou faites autoriser cette machine, puis relancez la même commande.",
        "The mail relay does not relay for this machine or this sender ({reason}). Give username and password under [smtp], or have this machine allowed, then run the same command again.",
    ),
    "provider_certificate": (
        "La connexion chiffrée à {provider} échoue ({reason}). Vérifiez host, port et security sous [{provider}] dans newsletter.toml, puis relancez la même commande.",
        "The encrypted connection to {provider} fails ({reason}). Look at host, port and security under [{provider}] in newsletter.toml, then run the same command again.",
    ),
    "provider_limit": (
        "{provider} limite les envois ({reason}). Attendez, ou envoyez moins vite : --rate pour un nouvel envoi, daily_cap dans newsletter.toml pour tous. newsletter dispatch --once continue ce qui attend.",
        "{provider} limits sendings ({reason}). Wait, or send slower: --rate for a new campaign, daily_cap in newsletter.toml for all. newsletter dispatch --once goes on with what waits.",
    ),
    "provider_unreachable_smtp": (
        "Le serveur d’envoi ne répond pas ({reason}). Vérifiez host, port et security sous [smtp] dans newsletter.toml, et la connexion de cette machine, puis relancez la même commande.",
        "The mail relay does not answer ({reason}). Look at host, port and security under [smtp] in newsletter.toml, and at the connection of this machine, then run the same command again.",
    ),
    "provider_unreachable": (
        "{provider} ne répond pas ({reason}). Vérifiez la connexion de cette machine, et host sous [{provider}] dans newsletter.toml s’il y est, puis relancez la même commande.",
        "{provider} does not answer ({reason}). Look at the connection of this machine, and at host under [{provider}] in newsletter.toml where it is there, then run the same command again.",
    ),
    "account_limited": (
        "Votre compte chez {provider} a atteint une limite ({reason}). Personne n’est refusé : l’envoi {number} reprend de lui-même après le {at:%d/%m/%Y à %H:%M}, si newsletter dispatch tourne ; sinon, relancez alors la même commande. Pour que cela n’arrive plus, envoyez moins vite : --rate, par exemple --rate 200/h.",
        "Your account at {provider} has reached a limit ({reason}). Nobody is refused: campaign {number} goes on by itself after {at:%Y-%m-%d at %H:%M}, if newsletter dispatch runs; otherwise run the same command again then. So that it does not happen again, send more slowly: --rate, for example --rate 200/h.",
    ),
    "account_without_credits": (
        "Le compte {provider} n’a plus de crédits. Personne n’est refusé : l’envoi {number} reprend de lui-même après le {at:%d/%m/%Y à %H:%M}, si newsletter dispatch tourne et s’il y a des crédits ; sinon, relancez alors la même commande.",
        "The {provider} account has no credits left. Nobody is refused: campaign {number} goes on by itself after {at:%Y-%m-%d at %H:%M}, if newsletter dispatch runs and there are credits; otherwise run the same command again then.",
    ),
    "confirmation_needed": (
        "Il faut une confirmation, et personne n’est là pour la donner : ajoutez --yes.",
        "A confirmation is needed and nobody is there to give it: add --yes.",
    ),
    "not_confirmed": ("Rien n’a été fait.", "Nothing was done."),
    "database_url_wrong": (
        "database_url ne peut pas être lu (« {url} »). Exemple : sqlite:///newsletter.db.",
        "database_url cannot be read (« {url} »). Example: sqlite:///newsletter.db.",
    ),
    "database_in_memory": (
        "database_url désigne une base en mémoire : rien ne serait gardé. Exemple : sqlite:///newsletter.db.",
        "database_url names a database in memory: nothing would be kept. Example: sqlite:///newsletter.db.",
    ),
    "database_kind_unknown": (
        "database_url, « {kind} » : il y a sqlite:///newsletter.db et postgresql://utilisateur@hôte/base.",
        "database_url, « {kind} »: there are sqlite:///newsletter.db and postgresql://user@host/database.",
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
        "La base de données ne répond pas : {reason}. Réglez cela, puis relancez la même commande : elle reprend où elle en était. D’un envoi, newsletter campaigns list dit alors ce qui est en doute.",
        "The database does not answer: {reason}. Settle that, then run the same command again: it goes on from where it was. Of a sending, newsletter campaigns list says then what is in doubt.",
    ),
    "system_refuses": ("Le système refuse : {reason}.", "The system refuses: {reason}."),
    "too_large": ("C’est trop gros pour être traité ({reason}).", "This is too large to handle ({reason})."),
    "not_text": ("Ce texte est mal encodé : {reason}.", "This text is badly encoded: {reason}."),
    "interrupted": (
        "Interrompu. La même commande reprend où elle en était ; d’un envoi, newsletter campaigns list dit ce qui est en doute.",
        "Interrupted. The same command goes on from where it was; of a sending, newsletter campaigns list says what is in doubt.",
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
        "{address} n’est pas de celles à qui l’on envoie des essais. Remplacez dans newsletter.toml la ligne test_recipients, jusqu’à son « ] », par : {line} ; s’il n’y en a pas, ajoutez-la au début du fichier.",
        "{address} is none that tests are sent to. Replace in newsletter.toml the line test_recipients, up to its « ] », by: {line}; where there is none, add it at the beginning of the file.",
    ),
    "preflight_https": (
        "base_url ({url}) n’est pas en https : sans cela les messageries n’offrent pas de se désabonner en un clic. Rien n’a été envoyé.",
        "base_url ({url}) is not https: mail programs offer no one-click unsubscribe without. Nothing was sent.",
    ),
    "preflight_picture": (
        "L’image {url} ne s’affiche pas ({seen}) : lancez newsletter serve derrière base_url, ou publiez newsletter assets export. Rien n’a été envoyé.",
        "The picture {url} cannot be seen ({seen}): run newsletter serve behind base_url, or publish newsletter assets export. Nothing was sent.",
    ),
    "preflight_unsubscribe": (
        'La page pour se désabonner ne répond pas : {url} ({seen}). Lancez newsletter serve derrière base_url, ou écrivez unsubscribe = "mail". Rien n’a été envoyé.',
        'The page to unsubscribe does not answer: {url} ({seen}). Run newsletter serve behind base_url, or write unsubscribe = "mail". Nothing was sent.',
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
        "Aperçu figé : {trouble}",
        "Frozen preview: {trouble}",
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
