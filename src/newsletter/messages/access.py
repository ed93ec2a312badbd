"""Who may read, open or change something: files, the desk's door, names that readers give, what a folder refuses."""

SENTENCES: dict[str, tuple[str, str]] = {
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
}
