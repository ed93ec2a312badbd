"""Who may read, open or change something: files, the desk's door, names that readers give, what a folder refuses."""

SENTENCES: dict[str, tuple[str, str]] = {
    "files_restricted": (
        "Droits resserrés dans {folder} : d’autres comptes de cette machine pouvaient ouvrir {names}, qui contiennent des adresses, des liens personnels ou des clés. Si un autre compte doit y accéder, ajoutez à newsletter.toml la table [files] avec group = true.",
        "Permissions tightened in {folder}: other accounts of this machine could open {names}, which hold addresses, personal links or keys. If another account needs them, add to newsletter.toml the table [files] with group = true.",
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
