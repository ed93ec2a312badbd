"""Sentences about access: files and folders, entry to the desk, names that readers give."""

SENTENCES: dict[str, tuple[str, str]] = {
    "no_permission": (
        "{path} ne peut pas être ouvert ou écrit : ce compte n’en a pas le droit, ou le disque est en lecture seule. Vérifiez les droits du fichier et de son dossier, ou lancez la commande sous le compte qui possède la publication.",
        "{path} cannot be opened or written: this account has no right to, or the disk is read-only. Check the permissions of the file and of its folder, or run the command under the account that owns the publication.",
    ),
    "database_read_only": (
        "Ce compte ne peut pas écrire dans la base {path}, ou dans son dossier {folder}, où SQLite pose d’autres fichiers ; ou le disque est en lecture seule. Vérifiez leurs droits, ou lancez la commande sous le compte qui possède la publication. Si plusieurs comptes y travaillent, ajoutez à newsletter.toml la table [files] avec group = true.",
        "This account cannot write to the database {path}, or to its folder {folder}, where SQLite puts other files; or the disk is read-only. Check their permissions, or run the command under the account that owns the publication. If several accounts work on it, add to newsletter.toml the table [files] with group = true.",
    ),
    "files_restricted": (
        "Droits resserrés dans {folder} : d’autres comptes de cette machine pouvaient ouvrir {names}, qui contiennent des adresses, des liens personnels ou des clés. Si un autre compte doit y accéder, ajoutez à newsletter.toml la table [files] avec group = true.",
        "Permissions tightened in {folder}: other accounts of this machine could open {names}, which hold addresses, personal links or keys. If another account needs them, add to newsletter.toml the table [files] with group = true.",
    ),
    "public_names_hint": (
        "Une lettre se transmet avec ses liens : votre nom n’est donc pas affiché ici. Laissez un champ vide pour ne pas le changer. « Mes données », plus bas, vous l’envoie par mail.",
        "A newsletter is passed on with its links, so your name is not shown here. Leave a field empty to keep it as it is. “My data”, below, sends it to you by mail.",
    ),
    "public_name_refused": (
        "Le nom n’a pas été changé : il contient une adresse ou un lien. Écrivez seulement un nom, avec une espace après un point (« M. Dupont »).",
        "The name was not changed: it holds an address or a link. Write only a name, with a space after a full stop (“J. R. Smith”).",
    ),
    "desk_locked_title": ("Cet aperçu demande une clé", "This preview asks for a key"),
    "desk_locked": (
        "Ouvrez l’adresse complète que newsletter preview a affichée dans le terminal, avec sa fin « ?key=… ». Elle change à chaque lancement. Le navigateur doit accepter les cookies de cette adresse.",
        "Open the full address that newsletter preview printed in the terminal, with its end « ?key=… ». It changes at each start. The browser must accept cookies from this address.",
    ),
    "doctor_private": (
        "Les fichiers qui contiennent des adresses ou des clés sont fermés aux autres comptes.",
        "The files that hold addresses or keys are closed to other accounts.",
    ),
    "doctor_too_open": (
        "D’autres comptes de cette machine peuvent ouvrir {names}, et ces fichiers ne sont pas à vous : leur propriétaire doit lancer chmod {mode}.",
        "Other accounts of this machine can open {names}, and these files are not yours: their owner must run chmod {mode}.",
    ),
    "template_outside": (
        "Le fichier de thème {at} est un lien vers un fichier hors de {folder}, qui se retrouverait dans le message : remplacez le lien par une copie du fichier.",
        "The theme file {at} is a link to a file outside {folder}, which would end up in the message: replace the link by a copy of the file.",
    ),
    "assets_outside": (
        "{folder} est un lien qui mène hors du dossier du site : rien n’y a été écrit. Remplacez ce lien par un vrai dossier.",
        "{folder} is a link that leads out of the site’s folder: nothing was written there. Replace the link by a real folder.",
    ),
    "toml_twice": (
        "{at}, ligne {line} : « {name} » est déjà écrit plus haut. Gardez une seule des deux lignes.",
        "{at}, line {line}: « {name} » stands further up already. Keep only one of the two lines.",
    ),
    "toml_open_quote": (
        "{at}, ligne {line} : le guillemet droit ouvert après « {name} » n’est pas refermé. Ajoutez un guillemet droit à la fin du texte, sur la même ligne.",
        "{at}, line {line}: the quotation mark opened behind « {name} » is not closed. Add a straight quotation mark at the end of the text, on the same line.",
    ),
    "toml_unfinished": (
        "{at}, ligne {line} : il manque une valeur ou un crochet fermant « ] » après « {name} ».",
        "{at}, line {line}: a value or a closing bracket « ] » is missing behind « {name} ».",
    ),
    "toml_no_equals": (
        '{at}, ligne {line} : il manque le signe « = » après « {name} ». Écrivez une ligne de la forme nom = "valeur".',
        '{at}, line {line}: the sign « = » is missing behind « {name} ». Write a line of the form name = "value".',
    ),
    "toml_backslash": (
        "{at}, ligne {line} : dans le texte de « {name} », la barre oblique inverse doit être écrite deux fois : \\\\.",
        "{at}, line {line}: in the text of « {name} », the backslash must be written twice: \\\\.",
    ),
    "toml_value": (
        '{at}, ligne {line} : la valeur de « {name} » ne se lit pas. Écrivez un texte entre guillemets droits ("…"), un nombre, true ou false, et rien derrière sur la ligne.',
        '{at}, line {line}: the value of « {name} » cannot be read. Write a text between straight quotation marks ("…"), a number, true or false, and nothing behind it on the line.',
    ),
    "toml_syntax": (
        '{at}, ligne {line} : « {name} » ne se lit pas. Chaque ligne a la forme nom = "valeur" ; une ligne de commentaire commence par #.',
        '{at}, line {line}: « {name} » cannot be read. Each line has the form name = "value"; a comment begins with #.',
    ),
    "toml_not_utf8": (
        "{at}, ligne {line} : ce fichier n’est pas en UTF-8. Enregistrez-le de nouveau avec l’encodage UTF-8.",
        "{at}, line {line}: this file is not UTF-8. Save it again with the encoding UTF-8.",
    ),
    "file_not_utf8": (
        "{at} n’est pas en UTF-8. Enregistrez-le de nouveau avec l’encodage UTF-8.",
        "{at} is not UTF-8. Save it again with the encoding UTF-8.",
    ),
    "theme_length": (
        '{at}, ligne {line} : « {name} » doit être une longueur en pixels, plus grande que zéro. Écrivez par exemple {name} = "600px".',
        '{at}, line {line}: « {name} » must be a length in pixels, larger than zero. Write for example {name} = "600px".',
    ),
    "theme_narrow": (
        "{at} : il ne reste que {column} pixels pour le texte (width moins deux fois gutter), il en faut au moins {least}. Augmentez width ou diminuez gutter, ici ou dans la table [theme] de newsletter.toml.",
        "{at}: only {column} pixels are left for the text (width minus twice gutter), and it needs at least {least}. Make width larger or gutter smaller, here or in the table [theme] of newsletter.toml.",
    ),
    "theme_contrast": (
        '{at}, ligne {line} : dans la table [contrast], « {name} » n’est pas une option dont la valeur est une couleur comme "#1a2b3c".',
        '{at}, line {line}: in the table [contrast], « {name} » is no option whose value is a colour like "#1a2b3c".',
    ),
    "theme_base": (
        "{at}, ligne {line} : base = « {base} » doit être le nom d’un autre thème, dans le même dossier de thèmes, qui ne repose pas lui-même sur celui-ci.",
        "{at}, line {line}: base = « {base} » must be the name of another theme, in the same folder of themes, that is not itself based on this one.",
    ),
    "theme_needs_text": (
        '{at}, ligne {line} : la valeur de « {name} » doit être un texte entre guillemets droits. Écrivez par exemple {name} = "600px".',
        '{at}, line {line}: the value of « {name} » must be a text between straight quotation marks. Write for example {name} = "600px".',
    ),
    "theme_needs_table": (
        "{at}, ligne {line} : « {name} » doit être une table. Écrivez [{name}] seul sur une ligne, puis une ligne par valeur.",
        "{at}, line {line}: « {name} » must be a table. Write [{name}] alone on a line, then one line for each value.",
    ),
    "theme_needs_list": (
        '{at}, ligne {line} : la valeur de « {name} » doit être une liste de noms d’options. Écrivez par exemple {name} = ["paper"].',
        '{at}, line {line}: the value of « {name} » must be a list of names of options. Write for example {name} = ["paper"].',
    ),
    "doctor_smtp": (
        "Le relais {host}, port {port}, prend la connexion et l’expéditeur ; rien n’a été envoyé.",
        "The relay {host}, port {port}, takes the connection and the sender; nothing was sent.",
    ),
    "doctor_smtp_open": (
        'La liaison avec {host}, port {port}, n’est pas chiffrée : écrivez security = "starttls" dans la table [smtp], si le relais le permet.',
        'The connection to {host}, port {port}, is not encrypted: write security = "starttls" in the table [smtp], if the relay allows it.',
    ),
    "doctor_smtp_host": (
        "Aucune machine ne répond au nom « {host} » : corrigez host dans la table [smtp], ou vérifiez la connexion au réseau.",
        "No machine answers to the name « {host} »: correct host in the table [smtp], or check the network connection.",
    ),
    "doctor_smtp_port": (
        '{host} refuse la connexion sur le port {port} : corrigez port dans la table [smtp]. Le plus souvent, c’est 587 avec security = "starttls", ou 465 avec security = "tls".',
        '{host} refuses the connection on port {port}: correct port in the table [smtp]. Usually it is 587 with security = "starttls", or 465 with security = "tls".',
    ),
    "doctor_smtp_port_silent": (
        '{host} ne répond pas sur le port {port} : corrigez host ou port dans la table [smtp], ou demandez à votre hébergeur s’il bloque ce port. Essayez 587 avec security = "starttls", ou 465 avec security = "tls".',
        '{host} does not answer on port {port}: correct host or port in the table [smtp], or ask your hosting provider whether this port is blocked. Try 587 with security = "starttls", or 465 with security = "tls".',
    ),
    "doctor_smtp_no_tls": (
        'Le port {port} de {host} ne parle pas TLS dès le début : écrivez security = "starttls" dans la table [smtp] (port 587, le plus souvent), ou port = 465.',
        'Port {port} of {host} does not begin with TLS: write security = "starttls" in the table [smtp] (usually port 587), or port = 465.',
    ),
    "doctor_smtp_silent": (
        '{host} n’a pas répondu comme un relais sur le port {port}. Pour le port 465, écrivez security = "tls" dans la table [smtp] ; sinon, corrigez port.',
        '{host} did not answer like a relay on port {port}. For port 465, write security = "tls" in the table [smtp]; otherwise, correct port.',
    ),
    "doctor_smtp_no_starttls": (
        '{host} ne propose pas STARTTLS sur le port {port} : écrivez security = "tls" et port = 465 dans la table [smtp]. Pour un relais sur cette machine seulement : security = "none".',
        '{host} does not offer STARTTLS on port {port}: write security = "tls" and port = 465 in the table [smtp]. For a relay on this machine only: security = "none".',
    ),
    "doctor_smtp_refuses_tls": (
        '{host}, port {port}, n’a pas pu passer au chiffrement. Écrivez security = "tls" et port = 465 dans la table [smtp], ou demandez au fournisseur du relais.',
        '{host}, port {port}, could not switch to encryption. Write security = "tls" and port = 465 in the table [smtp], or ask the relay’s provider.',
    ),
    "doctor_smtp_certificate": (
        "Le certificat de {host}, port {port}, n’est pas valable ({reason}). Écrivez dans host, table [smtp], le nom exact que donne le fournisseur du relais.",
        "The certificate of {host}, port {port}, is not valid ({reason}). Write into host, table [smtp], the exact name that the relay’s provider gives.",
    ),
    "doctor_smtp_refuses": (
        "{host}, port {port}, refuse cette machine ({reply}). Demandez au fournisseur du relais s’il accepte son adresse, ou corrigez host dans la table [smtp].",
        "{host}, port {port}, refuses this machine ({reply}). Ask the relay’s provider whether its address is accepted, or correct host in the table [smtp].",
    ),
    "doctor_smtp_login": (
        "{host}, port {port}, refuse l’identifiant ou le mot de passe ({reply}). Corrigez username dans la table [smtp] et NEWSLETTER_SMTP__PASSWORD dans .env ; certains fournisseurs demandent un mot de passe d’application.",
        "{host}, port {port}, refuses the user name or the password ({reply}). Correct username in the table [smtp] and NEWSLETTER_SMTP__PASSWORD in .env; some providers want an app password.",
    ),
    "doctor_smtp_no_login": (
        "{host}, port {port}, ne propose aucune identification que ce programme connaisse. Si le relais n’en demande pas, effacez username de la table [smtp] ; sinon, changez port et security.",
        "{host}, port {port}, offers no way to log in that this program knows. If the relay wants none, delete username from the table [smtp]; otherwise, change port and security.",
    ),
    "doctor_smtp_not_ascii": (
        "L’identifiant ou le mot de passe pour {host}, port {port}, contient une lettre accentuée ou un signe que le relais ne peut pas lire : changez le mot de passe, puis NEWSLETTER_SMTP__PASSWORD dans .env.",
        "The user name or the password for {host}, port {port}, holds an accented letter or a sign that the relay cannot read: change the password, then NEWSLETTER_SMTP__PASSWORD in .env.",
    ),
    "doctor_smtp_must_log_in": (
        "{host}, port {port}, demande une identification pour {sender} ({reply}) : écrivez username dans la table [smtp], et NEWSLETTER_SMTP__PASSWORD=… dans .env.",
        "{host}, port {port}, wants a login for {sender} ({reply}): write username in the table [smtp], and NEWSLETTER_SMTP__PASSWORD=… in .env.",
    ),
    "doctor_smtp_sender": (
        "{host}, port {port}, n’accepte pas l’expéditeur {sender} ({reply}) : corrigez email dans la table [sender], ou autorisez cette adresse chez le fournisseur du relais.",
        "{host}, port {port}, does not accept the sender {sender} ({reply}): correct email in the table [sender], or allow this address at the relay’s provider.",
    ),
    "doctor_smtp_later": (
        "{host}, port {port}, ne peut pas répondre maintenant ({reply}) : relancez newsletter doctor dans quelques minutes.",
        "{host}, port {port}, cannot answer now ({reply}): run newsletter doctor again in some minutes.",
    ),
}
