"""Columns that may say who refused the newsletter: found by the words of their names, or by the answers in their cells.

Such a column in the file of an unknown program must not be ignored (`importing` stops). There are three kinds of names:

- the name speaks of refusing (« Désabonné le », `email_opt_out`, « Ne souhaite plus recevoir »), or consists only of
  a state (`status`, « Statut abonnement »): the name is enough;
- the name speaks of the newsletter, of mailing or of consent (« Newsletter », `Accepts Marketing`), or consists only
  of a yes-or-no fact about a person (« Inscrit », « Actif »): the cells decide;
- any other name: harmless.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from newsletter.subscribers.importing.source_formats import fold

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_W = "[a-z0-9]*"
_MAIL = (
    rf"(?:e_)?mails?|emails?|courriels?|newsletters?|news|(?:e_?)?mailings?|infolettres?|lettres?|messages?|contact{_W}"
    rf"|marketing|envois?|pubs?|publicites?|prospection|sollicit{_W}|diffusion|communications?|sms|interess{_W}"
)
"""What a person may refuse. The names are lower-case words between `_` signs."""
_REFUSING = re.compile(
    rf"_(?:unsub{_W}|un_subscri{_W}|desab{_W}|desins{_W}|opt_out{_W}|optout{_W}|opted|opt_?in(?!_?time)|npai"
    rf"|bounc{_W}|bl(?:a|o)c?k_?list{_W}|liste_noire|blocked|bloque{_W}|blocage|suppress{_W}|complain{_W}|plaintes?"
    rf"|spam{_W}|resili{_W}|radie{_W}|radiation|deleted|removed|removal|supprime{_W}|retire(?:e|s|es)?|refus{_W}"
    rf"|oppos(?:e|es|ee|ees|ed|ition|itions)|stop|exclu(?:s|e|es|ded|sion)?|revoked|revoque{_W}|withdrawn?|denied|declined"
    rf"|quittee?s?|in_?acti(?:f|fs|ve|ves|ved)|do_?not_{_W}|dont_{_W}|ne_(?:{_W}_)?(?:pas|plus|jamais|rien)"
    rf"|(?:pas|plus|no|not|sans|jamais|aucun|never|non)_(?:de_|d_|du_|of_|par_|a_|une?_|recevoir_|receive_)*(?:{_MAIL}))_"
)
_REFUSING_INSIDE = re.compile(
    r"optout|optedout|unsubscri|desabonn|desinscri|blacklist|blocklist|bounced|donotmail|donotbulk|donotemail"
)
"""Words of refusal inside a name whose words are not separated."""
_REFUSING_WHOLE = re.compile(r"_(?:(?:date_de_)?(?:sortie|depart)|parti(?:e|es|s)?|left(?:_at)?|clean_time)_")
_STATUS = re.compile(r"_(?:status|statuts?)_")
_TOPIC = (
    rf"newsletter{_W}|infolettres?|lettres?|news|bulletins?|(?:e_?)?mailings?|diffusion|(?:e_)?mails?|emails?|courriels?"
    rf"|marketing|promos?|promotion{_W}|pubs?|publicit{_W}|prospection|demarchage|sollicit{_W}|offres?|communications?"
    rf"|communiquer|campagnes?|campaigns?|recevoir|recoit|recoivent|receiv{_W}|accept{_W}|agree{_W}|consent{_W}|rgpd|gdpr"
    rf"|cnil|ccpa|lgpd|notifications?|envois?|alertes?|alerts?|subscri{_W}|opt|status|statuts?|state|etats?|contactables?"
    rf"|contacter|recontact{_W}"
)
"""Words about receiving mail, and about states."""
_STATE = (
    rf"abonn{_W}|inscri{_W}|acti(?:f|fs|ve|ves|ved)|enabled|confirm{_W}|verifie{_W}|verified|valid{_W}|accords?|autoris{_W}"
    rf"|permission|authori[sz]{_W}|allow{_W}|joignables?|reachable|ok|choix|choice|souhait{_W}|double"
)
"""Words that are about the newsletter only if no other word stands beside them: « Inscrit », but not « Inscrit à
l’atelier »."""
_FILLER = (
    r"est|is|a|as|has|de|des|du|d|la|le|les|l|en|un|une|the|of|to|au|aux|by|par|pour|for|user|contacts?|subscribers?|person"
    r"|personne|utilisateur|general|global|current|actuel|mon|ma|notre|nos|votre|my|our|your|flag|deja|toujours|still|o|n"
    r"|oui|non|yes|no|y|je|j|i"
)
_ON_TOPIC = re.compile(rf"_(?:{_TOPIC})_")
_PURE = re.compile(rf"(?:_(?:{_TOPIC}|{_STATE}|{_FILLER}))+_")
_NO = re.compile(
    rf"_(?:non|faux|false|unsub{_W}|desab{_W}|desins{_W}|opt_?out|opted_out|npai|(?:hard_|soft_)?bounced?|resili{_W}"
    rf"|bl(?:a|o)c?k_?list{_W}|bloque{_W}|blocked|refus{_W}|supprime{_W}|deleted|removed|retire(?:e|s|es)?|denied|declined"
    rf"|revoked|withdrawn|inacti(?:f|ve|fs|ves)|disabled|complain{_W}|plainte|spam|stop|never|jamais|cleaned"
    r"|(?:ne|je_ne|not|non|never|jamais)_\w+)_"
)
_ANSWER = re.compile(
    rf"_(?:oui|o|yes|y|true|vrai|t|v|[01]|x|on|off|si|ok|ko|no|n|f|accepte{_W}|agreed?|accord|d_accord|granted|given|double"
    rf"|explicit{_W}|implicit{_W}|consent{_W}|allowed|autorise{_W}|authori[sz]ed|inscrite?s?|abonnee?s?|subscribed?|subscribers?"
    rf"|opt_?in|opted_in|acti(?:f|ve|fs|ves)|enabled|confirm{_W}|verifi{_W}|valid{_W}|checked|coche{_W}|pending|en_attente"
    r"|unconfirmed|aucune?|none|unknown|inconnue?|nc|n_a|archived?|expired?|suspended|maybe|peut_etre|parfois|sometimes|[csu]"
    r"|(?:oui|yes|j_accepte|i_agree|i_accept|je_souhaite|ok)(?:_\w+)?|no_(?:thanks?|thank_you|longer)\w*)_"
)


class Opinion(Enum):
    """What the name of a column says about its content."""

    SAYS = "says"
    """The column may say who refused, whatever its cells contain."""
    ANSWERS = "answers"
    """The column may say who refused, if its cells are answers."""
    NOTHING = "nothing"


@dataclass(slots=True)
class Answers:
    """Counts of the cells of one column that were read so far."""

    cells: int = 0
    answers: int = 0
    refusals: int = 0

    def add(self, cell: object) -> None:
        """Count a cell that is not empty."""
        is_no, is_answer = _judge_cell(str(cell))
        self.cells += 1
        self.refusals += is_no
        self.answers += is_answer

    @property
    def decide(self) -> bool:
        """Return True if at least one cell says no, or all cells are answers (yes or no)."""
        return self.refusals > 0 or (self.cells > 0 and self.answers == self.cells)


@lru_cache(maxsize=4096)
def _judge_cell(cell: str) -> tuple[bool, bool]:
    """Return whether a cell says no, and whether it is an answer at all; a sign alone (✓, –) is an answer."""
    text = f"_{fold(cell[:200])}_"
    is_no = _NO.fullmatch(text) is not None
    return is_no, is_no or text == "__" or _ANSWER.fullmatch(text) is not None


def judge_name(column: str) -> Opinion:
    """Judge a column by its name, in any spelling: accents, capitals, `snake_case`, `CamelCase`."""
    names = {f"_{fold(spelling)}_" for spelling in (column, _CAMEL.sub(" ", column))}
    if any(map(_says_who_refused, names)):
        return Opinion.SAYS
    return (
        Opinion.ANSWERS if any(_ON_TOPIC.search(name) or _PURE.fullmatch(name) for name in names) else Opinion.NOTHING
    )


def _says_who_refused(name: str) -> bool:
    if _STATUS.search(name) and _PURE.fullmatch(name):
        return True
    return bool(_REFUSING.search(name) or _REFUSING_WHOLE.fullmatch(name) or _REFUSING_INSIDE.search(name))
