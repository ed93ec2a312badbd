"""Columns of a file that may say who refused: judged by their names, and by their cells if the name is ambiguous."""

from __future__ import annotations

import pytest

from newsletter.subscribers.importing.opinions import Answers, Opinion, judge_name

SAYS = """
email_opt_out · Opt-out email · Email Opt Out · HasOptedOutOfEmail · hasoptedoutofemail · optout · OPT_OUT · Opted out of email: Marketing
Ne souhaite plus recevoir · Ne plus contacter · ne_pas_contacter · Ne veut pas de mail · NPAI · Désinscription · Désinscrit le · Désabonné
date_de_desinscription · Date de désabonnement · Unsubscribed · unsubscribed_at · Unsubscribed from all email · unsub_time · IsUnsubscribed
Statut · status · Statut abonnement · Email Marketing Status · subscriber_status · Statut de l’abonné · SubscriberStatus · statut_newsletter
Opt-in newsletter · Newsletter opt-in · opt_in · Optin · Double opt-in · Blacklisté · EMAIL_BLACKLISTED · email_blocklisted · Liste noire · black_list
hard_bounce · Bounce count · Email bounced · EmailBouncedDate · Plainte · spam_complaint · Complained · Résilié · Date de résiliation · Radié
Refus · A refusé · Refuse les e-mails · Opposition · Opposition RGPD · Opposé au démarchage · STOP · Stop mail · Pas de mail · Pas d’emails
Plus de newsletter · No email · no_mailing · sans mailing · Do not mail · do_not_contact · DoNotEmail · donotbulkemail · DoNotCall
Inactif · is_inactive · Supprimé · deleted_at · removed · is_deleted · Bloqué · blocked · Exclu · Retiré · A quitté · Consentement refusé
consent_withdrawn · Revoked · Date de sortie · Date de départ · Parti · Suppression · suppressed · désabonnée le · UNSUBSCRIBE_REASON
"""
ANSWERS = """
Newsletter · newsletter · Newsletters · Inscription newsletter · Abonné newsletter · newsletter_2024 · Accepte la newsletter · La Lettre · Infolettre
Je souhaite recevoir la newsletter · Souhaite recevoir · Souhaitez-vous recevoir notre lettre ? · Accepts Marketing · AcceptsMarketing
accepts_email_marketing · Accepts Email Marketing · RGPD · Accord RGPD · GDPR consent · Consentement · consent · Accord · Accord mail · Mailing
Emailing · e-mailing · Reçoit les mails · Recevoir les offres · Offres partenaires · Abonné · Abonnée · Est abonné · Inscrit · Inscrit (O/N)
is_subscribed · subscribed · Subscription · Actif · active · is_active · Email valide · E-mail confirmé · Confirmé · verified · Contactable
Marketing · Email marketing · marketing_permission · Permission · Autorisation · Publicité · Prospection · Communication · Diffusion · Alertes
E-mail (oui/non) · J’accepte · I agree · CNIL · Notifications · lead_status · State · État · Bulletin
"""
NOTHING = """
Prénom · Nom · Ville · Code postal · CP · Pays · Région · Téléphone · Portable · Société · Entreprise · Profession · Fonction · Civilité · Sexe
Date de naissance · Âge · Adresse postale · Rue · Complément · Département · Departement · Gare de départ · Accordéon · Client fidèle · VIP · Membre
Bénévole · Adhérent · Donateur · A payé · Majeur · Enfants · Permis de conduire · Notes · Commentaire · Points · Montant · Dernier achat · Parti politique
Site web · LinkedIn · Twitter · Groupe · Catégorie · Source · Origine · Centres d’intérêt · Thème préféré · Facture · Reçu fiscal · Prospect · Partenaire
Inscrit à l’atelier · Abonné au théâtre · Retired · Point de retrait · first_name · company · city · zip_code · country · phone · job_title · birthday
customer_id · total_spent · orders_count · Last order · Options · Optique · Déscription · Nordique · Notation · Numéro de client · Né le · Nationalité
Interessé par le jazz · utm_source · Langue maternelle · Activité · Réactivité · Passif · Stopover
"""


def split_names(table: str) -> list[str]:
    return [name for line in table.strip().split("\n") for name in line.split(" · ")]


@pytest.mark.parametrize(
    ("column", "expected"),
    [(name, Opinion.SAYS) for name in split_names(SAYS)]
    + [(name, Opinion.ANSWERS) for name in split_names(ANSWERS)]
    + [(name, Opinion.NOTHING) for name in split_names(NOTHING)],
)
def test_a_column_name_is_judged_as_refusal_as_answers_or_as_harmless(column: str, expected: Opinion) -> None:
    assert judge_name(column) is expected


DECIDE = [
    ["oui", "non"], ["Oui", "Oui"], ["1", "0"], ["1"], ["true", "FALSE"], ["x"], ["✓"], ["O", "N"], ["Y"], ["vrai"],
    ["Oui, je veux bien", "Non merci"], ["J’accepte"], ["Yes", "No thanks"], ["abonné", "désabonné"], ["Subscribed", "Unsubscribed"],
    ["La Lettre", "non"], ["hebdo", "Refus"], ["Premium", "Résilié"], ["active", "cleaned"], ["C", "U"], ["accepté", "refusé"],
    ["OK", "KO"], ["opt-in", "opt-out"], ["En attente", "Confirmé"], ["—", "oui"], ["Formulaire web", "Ne souhaite plus"],
    ["d’accord"], ["not subscribed", "lead"], ["NPAI", "Lyon"], ["true", "maybe"],
]  # fmt: skip
PASS = [
    [], ["La Lettre", "Le Club"], ["hebdo", "mensuel"], ["12/03/2024"], ["3", "0", "12"], ["CA", "NY"], ["Île-de-France"], ["Pas-de-Calais"],
    ["12 rue des Presses"], ["Premium", "Basic"], ["a@exemple.fr"], ["New", "Open", "Contacted"], ["Nantes", "Oullins"], ["Salon du livre"],
    ["oui", "La Lettre"],
]  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "expected"), [(cells, True) for cells in DECIDE] + [(cells, False) for cells in PASS]
)
def test_cells_with_answers_or_a_refusal_make_a_column_doubtful(cells: list[str], expected: bool) -> None:  # noqa: FBT001 - a table's column
    seen = Answers()
    for cell in cells:
        seen.add(cell)
    assert seen.decide is expected
