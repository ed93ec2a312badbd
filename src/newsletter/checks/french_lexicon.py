"""Common spelling errors in French and their corrections, which a check proposes and `newsletter fmt` writes.

Corrections are never applied silently: rendering sets typography (spaces, quotes, dashes), but only the editor changes
letters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

ORDINAL = "T03"
ETC = "T04"
LIGATURE = "T05"
CAPITAL = "T06"
CONFUSION = "T07"


@dataclass(frozen=True, slots=True)
class Correction:
    """A proposal to replace `typed`, at offset `start` of a text, by `wanted`; `fmt` writes it only if it is `sure`."""

    code: str
    start: int
    typed: str
    wanted: str
    sure: bool = True


_ROMAN = "(?=[IVXLC])C?L?X{0,4}(?:IX|IV|V?I{0,3})"
_ORDINALS = re.compile(rf"(?<!\w)(?P<number>\d+|{_ROMAN})(?:i?[èe]me(?P<many>s?)|i?[èe]re(?P<first>s?))(?!\w)")
_ETC = re.compile(r"\b([Ee]tc)(?:\.?[ \u00a0]?…|[ \u00a0]?\.{2,})")
_LIGATURES = re.compile(
    r"\b(?:ch?oeurs?|rancoeurs?|contrecoeurs?|écoeur\w*|(?:con)?soeur(?:s|ettes?)?|noeuds?|voeux?|b?oeufs?|"
    r"(?:dés|man)?oeuvr\w*|oeil(?:l\w+)?|moeurs|foet\w+|oecum[ée]n\w*|oesophag\w*|oed[èe]m\w*|oenolog\w*|"
    r"oestrog\w*|coelacanthes?|oedip\w*)\b",
    re.IGNORECASE,
)
_ACCENTED = """
Échange Échanges Échec Échecs École Écoles Écologie Écologique Écologiques Économie Économies Économique
Économiques Écoute Écoutez Écran Écrans Écrire Écrit Écrits Écrivain Écrivaine Écrivains Écrivez Éditeur
Éditeurs Éditrice Égal Également Égalité Église Églises Électricité Électrique Élève Élèves Élysée Énergie
Énergies Énorme Énormément Époque Époques Équipe Équipes Équipement Équipements Étage Était Étaient Étant
Étape Étapes État États Étatsunien Été Étonnant Étrange Étranger Étrangers Être Êtes Étude Études Étudiant
Étudiante Étudiantes Étudiants Évêque Évènement Évènements Événement Événements Évidemment Île Îles Ça
"""
_BILINGUAL = """
Édition Éditions Édito Éducation Élection Élections Émission Émissions Épisode Épisodes Évaluation Évolution
Évolutions
"""
"""Also English words: « Home Edition », « Sex Education »; corrected only after an apostrophe."""
_PLAIN = str.maketrans("ÉÊÎÇ", "EEIC")
_CAPITALS = {word.translate(_PLAIN)[0] + word[1:]: word for word in (_ACCENTED + _BILINGUAL).split()}
_CAPITAL = re.compile(r"[EIC]\w+")
_THAT = re.compile(r"[ \u00a0]?(?:[a-zà-ÿ]|, c)")
_QUANT = (
    r"\b[Qq]uand(?= à (?:l[ae]s?\b|l['’]|leurs?\b|lui\b|eux\b|elles?\b|moi\b|nous\b|vous\b|[mts](?:on|a|es)\b|"
    r"[nv](?:otre|os)\b|c(?:e|et|ette|es)\b|savoir\b)| aux? (?:autres?|choix|délais?|fait|moyens?|prix|reste)\b)"
)
_SENTENCE_A = (
    r"(?:^|(?<=[^\w\s,;:’'][ \u00a0]))A(?=[ \u00a0](?:partir|propos|bientôt|suivre|noter|savoir|lire|voir|travers|"
    r"cause|force|moins|peine|quoi|vous de|l['’]\w+|la|ce|cette|chaque|mesure)\b)"
)
_CONFUSIONS: tuple[tuple[str, str, str], ...] = (
    ("uand ", _QUANT, "quant"),
    ("u jour d", r"\b[Aa]u jour d['’]aujourd['’]hui\b", "aujourd’hui"),
    ("algré que", r"\b[Mm]algré que\b", "bien que"),
    ("Coté ", r"\bCoté(?= [a-zà-ÿ])", "Côté"),
    ("uelques temps", r"\b[Qq]uelques temps\b", "quelque temps"),
    ("i j", r"\b[Ss]i j['’]aurais\b", "si j’avais"),
    ("omme même", r"\b[Cc]omme même\b", "quand même"),
    ("oir même", r"\b[Vv]oir même\b", "voire"),
    ("n terme d", r"\b[Ee]n terme(?= de\b| d['’])", "en termes"),
    ("allier ", r"\b[Pp]allier (?:à|aux?)\b", "pallier"),
    ("écunier", r"\b[Pp]écunier\b", "pécuniaire"),
    ("nfractus", r"\b[Ii]nfractus\b", "infarctus"),
    ("réoport", r"\b[Aa]réoport", "aéroport"),
    ("ilemne", r"\b[Dd]ilemne", "dilemme"),
    ("énumér", r"\b[Rr]énumér(?=at|er\b)", "rémunér"),
    ("eux-ci dit", r"\b[Cc]eux-ci dit\b", "ceci dit"),
    ("out les", r"\b[Tt]out les\b(?! deux\b)", "tous les"),
    ("l faut mieux", r"\b[Ii]l faut mieux\b", "il vaut mieux"),
    ("-t", r"(?<=\w)-t['’](?=(?:ils?|elles?|on)\b)", "-t-"),
    ("ise à jours", r"\b[Mm]ises? à jours\b", "mises à jour"),
    ("A", _SENTENCE_A, "À"),
)
"""Substring that the text must contain, pattern, proposed replacement."""


def corrections(text: str, rules: Sequence[SpellingRule] = ()) -> Iterator[Correction]:
    """Yield the corrections for a French text; `rules` are the rules that `find_matching_rules` returned for it."""
    for rule in rules or find_matching_rules(text):
        for match in rule.pattern.finditer(text):
            wanted = rule.wanted(match)
            if wanted != match[0]:
                yield Correction(
                    code=rule.code, start=match.start(), typed=match[0], wanted=wanted, sure=rule.code != CONFUSION
                )


def find_matching_rules(text: str) -> list[SpellingRule]:
    """Return the rules that can match in a text or in any part of it."""
    return [rule for rule in _RULES if any(sign in text for sign in rule.signs)]


def _ordinal(match: re.Match[str]) -> str:
    if match["first"] is None:
        return f"{match['number']}e{match['many']}"
    return f"{match['number']}re{match['first']}" if match["number"] in {"1", "I"} else match[0]


def _ligature(match: re.Match[str]) -> str:
    return re.sub("oe|O[Ee]", lambda pair: "œ" if pair[0] == "oe" else "Œ", match[0], count=1)


def _accented(match: re.Match[str]) -> str:
    before = match.string[match.start() - 1 : match.start()]
    wanted = _CAPITALS.get(match[0], match[0])
    english = wanted in _BILINGUAL and before not in {"'", "’"}
    calcium = match[0] == "Ca" and not _THAT.match(match.string, match.end())
    return match[0] if before.isalnum() or before in {".", "_"} or english or calcium else wanted


def _keep_capital(wanted: str) -> Callable[[re.Match[str]], str]:
    """Return a function that gives `wanted`, with a capital if the matched text begins with a capital."""
    return lambda match: wanted[:1].upper() + wanted[1:] if match[0][:1].isupper() else wanted


@dataclass(frozen=True, slots=True)
class SpellingRule:
    """One kind of spelling error."""

    code: str
    signs: tuple[str, ...]
    """Every text that matches contains one of these substrings."""
    pattern: re.Pattern[str]
    wanted: Callable[[re.Match[str]], str]


_RULES = (
    SpellingRule(code=ORDINAL, signs=("ème", "eme", "ère", "ere"), pattern=_ORDINALS, wanted=_ordinal),
    SpellingRule(code=ETC, signs=("tc",), pattern=_ETC, wanted=lambda match: f"{match[1]}."),
    SpellingRule(code=LIGATURE, signs=("oe", "Oe", "OE"), pattern=_LIGATURES, wanted=_ligature),
    SpellingRule(code=CAPITAL, signs=tuple("EIC"), pattern=_CAPITAL, wanted=_accented),
    *(
        SpellingRule(code=CONFUSION, signs=(sign,), pattern=re.compile(pattern), wanted=_keep_capital(wanted))
        for sign, pattern, wanted in _CONFUSIONS
    ),
)
