"""Sentences of the findings of optional checks, by code: tested links, proofreading."""

SENTENCES: dict[str, tuple[str, str]] = {
    "O01": (
        "{address} ne répond pas comme il faut ({reason}) : vérifiez l’adresse.",
        "{address} does not answer as it should ({reason}): check the address.",
    ),
    "O02": (
        "{address} renvoie à {target} : donnez cette adresse, elle durera plus.",
        "{address} leads on to {target}: give that address, it will last longer.",
    ),
    "O03": (
        "{address} n’a pas été essayé : il mène à une machine privée.",
        "{address} was not tried: it leads to a private machine.",
    ),
    "O04": (
        "{address} n’a pas pu être vérifié ({reason}) : essayez-le vous-même.",
        "{address} could not be checked ({reason}): try it yourself.",
    ),
    "P01": (
        "Orthographe : « {word} » inconnu. S’il est juste, ajoutez-le à {words}.",
        "Spelling: « {word} » is unknown. If it is right, add it to {words}.",
    ),
    "P02": (
        "Relecture : {message}{wanted:? Plutôt «» ?}",
        "Proofreading: {message}{wanted:? Perhaps «»?}",
    ),
}
