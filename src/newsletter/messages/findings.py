"""What a check reports, by code: what is wrong, and what to type."""

SENTENCES: dict[str, tuple[str, str]] = {
    "B06": (
        "Citations ou listes imbriquées sur plus de {maximum} niveaux : la suite serait perdue. Aplatissez ce passage.",
        "Quotes or lists nested more than {maximum} deep: the rest would be lost. Flatten this passage.",
    ),
    "C01": (
        "L’image d’ouverture n’a pas de crédit : ajoutez dessous une ligne « Crédit : … ».",
        "The opening image has no credit: add a line « Crédit : … » below it.",
    ),
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
    "G01": (
        "Pas de signature : terminez par le nom de l’auteur, seul sur sa ligne.",
        "No signature: end with the author's name, alone on its line.",
    ),
    "G02": (
        "La signature « {signature} » ne correspond pas au champ auteur « {author} ».",
        "The signature « {signature} » is not the author field's « {author} ».",
    ),
    "G03": (
        "Pas de question dans les derniers paragraphes : une question finale invite à répondre.",
        "No question in the last paragraphs: a closing question invites an answer.",
    ),
    "H01": (
        "HTML « {tag} » : il sera montré tel quel. Écrivez ce passage en Markdown.",
        "HTML « {tag} »: it will be shown as it is. Write this passage in Markdown.",
    ),
    "H02": (
        "Balise « {tag} » non autorisée : elle sera montrée telle quelle. Utilisez *italique*, **gras** ou un lien.",
        "Tag « {tag} » is not allowed: it will be shown as it is. Use *italics*, **bold** or a link.",
    ),
    "I01": (
        "Image sans description : dites entre les crochets ce qu’on y voit, ![description]({file}).",
        "Image without a description: say between the brackets what it shows, ![description]({file}).",
    ),
    "I02": (
        "Image introuvable à côté du texte : « {file} ».{near:? Vouliez-vous «» ?}",
        "No such image beside the text: « {file} ».{near:? Did you mean «»?}",
    ),
    "I04": (
        "Image en http:// : beaucoup de messageries la bloquent, écrivez https:// ou placez le fichier à côté du texte.",
        "An image at http://: many mail programs block it, write https:// or put the file beside the text.",
    ),
    "I06": (
        "Pas d’image d’ouverture avant la salutation : ajoutez ![description](fichier.jpg).",
        "No opening image before the salutation: add ![description](file.jpg).",
    ),
    "I07": (
        "Crédit sans image au-dessus : placez-le juste après l’image.",
        "A credit with no image above it: put it right below the image.",
    ),
    "I08": (
        "Nom d’image seul : écrivez ![description]({file}).",
        "The bare name of an image: write ![description]({file}).",
    ),
    "I09": (
        "« {name} » ne peut pas être lu comme une image : exportez-le de nouveau en JPEG ou en PNG.",
        "« {name} » cannot be read as an image: export it again as JPEG or PNG.",
    ),
    "I10": (
        "Image « {name} » de plus de {maximum} millions de pixels : réduisez-la d’abord.",
        "Image « {name} » has more than {maximum} million pixels: shrink it first.",
    ),
    "I11": (
        "Image « {name} » de {size} Mo : au-delà de {maximum} Mo, réduisez-la d’abord.",
        "Image « {name} » weighs {size} MB: beyond {maximum} MB, shrink it first.",
    ),
    "L01": (
        "Le lien « {words} » n’a pas d’adresse : écrivez [{words}](https://…).",
        "The link « {words} » has no address: write [{words}](https://…).",
    ),
    "L02": (
        "Adresse incomplète : écrivez https://{address}.",
        "Incomplete address: write https://{address}.",
    ),
    "L03": (
        "« {address} » ne mène nulle part depuis un courriel : donnez l’adresse complète, https://…",
        "« {address} » leads nowhere from a mail: give the full address, https://…",
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
        "Le champ « {key} » manque dans l’en-tête : ajoutez une ligne « {key}: … ».",
        "The field « {key} » is missing: add a line « {key}: … ».",
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
    "S01": (
        "Pas de salutation : écrivez « {salutation} » seul sur sa ligne, avant le premier paragraphe.",
        "No salutation: write « {salutation} » alone on its line, before the first paragraph.",
    ),
    "S02": (
        "Salutation « {typed} » : la lettre commence par « {salutation} ».",
        "Salutation « {typed} »: the letter begins with « {salutation} ».",
    ),
    "S03": (
        "La salutation se termine par une virgule.",
        "The salutation ends with a comma.",
    ),
    "S04": (
        "La salutation est collée au texte : laissez une ligne vide après « {salutation} ».",
        "The salutation is glued to the text: leave an empty line after « {salutation} ».",
    ),
    "S06": (
        "Titre de niveau 1 (« # ») : l’objet est déjà le titre, écrivez « ## ».",
        "A level-1 heading (« # »): the subject is the title already, write « ## ».",
    ),
    "S07": (
        "« {typed} » vient après « {before} » : un niveau de titre est sauté.",
        "« {typed} » comes after « {before} »: a level of headings is skipped.",
    ),
    "S09": (
        "La section « {title} » est vide : écrivez-la ou retirez son titre.",
        "The section « {title} » is empty: write it or take its heading out.",
    ),
    "S11": (
        "Pas de chapô : ajoutez un paragraphe entre la salutation et le premier intertitre.",
        "No lead: add a paragraph between the salutation and the first heading.",
    ),
    "S13": (
        "Ce passage est avant la salutation : seules l’image d’ouverture et son crédit s’y placent.",
        "This passage stands before the salutation: only the opening image and its credit belong there.",
    ),
    "T01": (
        "Texte provisoire oublié : « {text} ».",
        "Unfinished text: « {text} ».",
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
}
