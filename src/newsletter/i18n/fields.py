"""Sentences of the findings about the issue's file, its fields and its merge tags, by code."""

SENTENCES: dict[str, tuple[str, str]] = {
    "F01": (
        "Ce fichier n’est pas en UTF-8 (octet {byte}) : réenregistrez-le avec l’encodage UTF-8.",
        "This file is not UTF-8 (byte {byte}): save it again with the encoding UTF-8.",
    ),
    "F02": (
        "Le fichier commence par une marque d’ordre des octets (BOM) : enregistrez-le en « UTF-8 sans BOM ».",
        "The file begins with a byte order mark: save it as UTF-8 without BOM.",
    ),
    "F03": (
        "Accents illisibles (« {text} ») : ce texte a été lu dans un mauvais encodage, recollez-le depuis l’original.",
        "Garbled accents (« {text} »): this text was read in the wrong encoding, paste it again from the original.",
    ),
    "F04": (
        "Fichier de {size} Ko : un numéro ne dépasse pas {maximum} Ko. Les images vont à côté, dans le même dossier.",
        "A file of {size} KB: an issue is never larger than {maximum} KB. Pictures go beside it, in the same folder.",
    ),
    "F05": (
        "Caractère invisible {character} : effacez-le, il abîmerait le message.",
        "Invisible character {character}: delete it, it would damage the message.",
    ),
    "M00": (
        "Pas d’en-tête : commencez le fichier par « --- », puis objet, date et auteur, puis « --- ».",
        "No front matter: begin the file with « --- », then subject, date and author, then « --- ».",
    ),
    "M01": (
        "L’en-tête ouvert par « --- » n’est jamais refermé : ajoutez une ligne « --- » après les champs.",
        "The front matter opened by « --- » is never closed: add a line « --- » after the fields.",
    ),
    "M02": (
        "En-tête illisible ici : mettez entre guillemets droits une valeur qui contient « : » ou commence par un signe.",
        "The front matter cannot be read here: put straight quotes round a value that has « : » or begins with a sign.",
    ),
    "M03": (
        "Champ inconnu « {key} ».{near:? Vouliez-vous «» ?} Champs possibles : {keys}.",
        "Unknown field « {key} ».{near:? Did you mean «»?} Fields: {keys}.",
    ),
    "M04": (
        "Le champ « {key} » {empty:?est vide : remplissez-le.}{missing:?manque dans l’en-tête : ajoutez une ligne} {missing:?«».}",
        "The field « {key} » {empty:?is empty: fill it in.}{missing:?is missing: add a line} {missing:?«».}",
    ),
    "M05": (
        "Date « {value} » : écrivez AAAA-MM-JJ, par exemple 2026-11-22.",
        "Date « {value} »: write YYYY-MM-DD, for example 2026-11-22.",
    ),
    "M06": (
        "Statut « {value} » inconnu : choisissez parmi {known}.{near:? Vouliez-vous «» ?}",
        "Unknown status « {value} »: choose one of {known}.{near:? Did you mean «»?}",
    ),
    "M07": (
        "Le champ « {key} » est déjà donné ligne {line} : gardez l’un des deux.",
        "The field « {key} » is given already on line {line}: keep one of them.",
    ),
    "M08": (
        "Objet de {length} caractères : au-delà de {maximum} il est coupé sur ordinateur, de 40 sur téléphone.",
        "A subject of {length} characters: beyond {maximum} a desktop cuts it, beyond 40 a telephone.",
    ),
    "M09": (
        "Pas d’« apercu » : après l’objet, la messagerie montrera le début du texte. Ajoutez une ligne « apercu: … ».",
        "No « preheader »: mail programs will show the beginning of the text. Add a line « preheader: … ».",
    ),
    "M10": (
        "La date {date} n’est pas celle du dossier « {folder} » : mettez-les d’accord.",
        "The date {date} is not that of the folder « {folder} »: make them agree.",
    ),
    "M11": (
        "Slug « {value} » : 80 minuscules sans accent, chiffres et tirets au plus, par exemple reseaux-sociaux.",
        "Slug « {value} »: at most 80 lower-case ASCII letters, digits and hyphens, for example social-networks.",
    ),
    "M12": (
        "L’identifiant {id} est celui de « {other} » : ce dossier en est une copie, effacez-en la ligne « id ».",
        "The id {id} belongs to « {other} »: this folder is a copy, delete its « id » line.",
    ),
    "M13": (
        "Le champ « {key} » attend un texte, ou une liste de textes.",
        "The field « {key} » takes a text, or a list of texts.",
    ),
    "M14": (
        "« {other} » a déjà le nom « {slug} » : deux numéros auraient la même page. Ajoutez une ligne « slug: … » à celui-ci.",
        "« {other} » has the name « {slug} » already: two issues would have one page. Add a line « slug: … » to this one.",
    ),
    "M15": (
        "Le statut « envoye » n’est qu’une note : seul le journal des envois sait ce qui est parti.",
        "The status « envoye » is only a note: what was sent, only the campaigns know.",
    ),
    "M16": (
        "« {lost} » serait perdu : un « # » après une espace commence un commentaire. Mettez la valeur de « {key} » entre guillemets droits.",
        "« {lost} » would be lost: a « # » behind a space begins a comment. Put the value of « {key} » in straight quotes.",
    ),
    "M17": (
        "Typographie « {value} » inconnue : choisissez parmi {known}.{near:? Vouliez-vous «» ?}",
        "Unknown typography « {value} »: choose one of {known}.{near:? Did you mean «»?}",
    ),
    "M18": (
        "Objet tout en capitales : les filtres y voient du spam, et les lecteurs un cri. Écrivez-le en minuscules.",
        "A subject all in capitals: filters take it for spam, and readers for shouting. Write it in small letters.",
    ),
    "M19": (
        "{same:?L’aperçu répète l’objet. }Aperçu de {length} {length:|caractère|caractères} : entre {least} et {most}, il complète l’objet dans la liste des messages.",
        "{same:?The preheader repeats the subject. }A preheader of {length} {length:|character|characters}: between {least} and {most} it completes the subject in the list of messages.",
    ),
    "M20": (
        "Langue « {value} » : écrivez fr, en, fr-CA…",
        "Language « {value} »: write fr, en, fr-CA…",
    ),
    "V01": (
        "Champ personnel inconnu « {tag} ».{near:? Vouliez-vous «» ?} Champs possibles : {known}.",
        "Unknown merge tag « {tag} ».{near:? Did you mean «»?} Merge tags: {known}.",
    ),
    "V02": (
        'Champ personnel mal écrit : « {text} ». Écrivez {{{{ prenom }}}} ou {{{{ prenom | default("vous") }}}}.',
        'Malformed merge tag: « {text} ». Write {{{{ first_name }}}} or {{{{ first_name | default("you") }}}}.',
    ),
    "V03": (
        "« {tag} » n’a pas sa place ici : {known} conviennent.",
        "« {tag} » does not belong here: {known} do.",
    ),
    "V04": (
        '« {tag} » sera vide pour qui n’en a pas : donnez un remplaçant, {{{{ {tag} | default("…") }}}}.',
        '« {tag} » will be empty for people without one: give a default, {{{{ {tag} | default("…") }}}}.',
    ),
    "V05": (
        "« {text} » est réservé au programme : écrivez-le autrement.",
        "« {text} » is reserved: write it another way.",
    ),
    "V06": (
        "« {text} » est le champ d’un autre outil : il paraîtrait tel quel. Écrivez {{{{ prenom }}}}.",
        "« {text} » is another program's merge tag: it would show as it is. Write {{{{ first_name }}}}.",
    ),
    "V07": (
        "« {text} » ne sera pas rempli ici : une description ou un attribut sont les mêmes pour tous. Effacez le champ.",
        "« {text} » will not be filled here: a description or an attribute is the same for everybody. Delete the tag.",
    ),
}
