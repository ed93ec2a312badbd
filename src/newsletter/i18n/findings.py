"""Sentences of the findings about the issue's text, by code: what is wrong, and what to type."""

SENTENCES: dict[str, tuple[str, str]] = {
    "B01": (
        "Bloc « ::: {name} » inconnu.{near:? Vouliez-vous «» ?} Blocs possibles : {known}.",
        "Unknown block « ::: {name} ».{near:? Did you mean «»?} Blocks: {known}.",
    ),
    "B02": (
        "Le bloc « ::: {name} » ouvert ligne {line} n’est jamais refermé : ajoutez une ligne « {colons} » après lui.",
        "The block « ::: {name} » opened on line {line} is never closed: add a line « {colons} » below it.",
    ),
    "B03": (
        "« {typed} » ne referme rien ici : effacez cette ligne, ou ouvrez le bloc avec « ::: encadre ».",
        "« {typed} » closes nothing here: delete this line, or open the block with « ::: encadre ».",
    ),
    "B04": (
        "Bloc « ::: {name} » dans un autre bloc : il faut plus de deux-points au bloc extérieur, par exemple « {colons} ».",
        "Block « ::: {name} » inside another one: the outer one needs more colons, for example « {colons} ».",
    ),
    "B05": (
        "Tableau de {columns} colonnes : au-delà de {maximum} il est illisible sur téléphone. Gardez les plus utiles, ou faites-en une liste.",
        "A table of {columns} columns: beyond {maximum} it cannot be read on a telephone. Keep the most useful ones, or make it a list.",
    ),
    "B06": (
        "Citations ou listes imbriquées sur plus de {maximum} niveaux : la suite serait perdue. Aplatissez ce passage.",
        "Quotes or lists nested more than {maximum} deep: the rest would be lost. Flatten this passage.",
    ),
    "B07": (
        "« {attribute} » n’est pas compris. Collé derrière la parenthèse, {{.bouton}} fait d’un lien un bouton, {{width=200}} donne la largeur d’une image.",
        "« {attribute} » means nothing. Right behind the bracket, {{.button}} makes a link a button, {{width=200}} gives an image's width.",
    ),
    "B08": (
        "Ce tableau n’en est pas un : il lui faut, sous l’en-tête, une ligne « |---|---| » d’autant de colonnes.",
        "This is not a table: below its header it needs a line « |---|---| » of as many columns.",
    ),
    "B09": (
        "« ::: colonnes » donne {columns} {columns:|colonne|colonnes} : séparez-en deux ou trois par une ligne « --- » entre deux lignes vides.",
        "« ::: columns » gives {columns} {columns:|column|columns}: part two or three of them by a line « --- » between two empty lines.",
    ),
    "B10": (
        "Cette ligne du tableau a {cells} cases, l’en-tête {columns} : les dernières seraient perdues. Une barre dans une case s’écrit \\|.",
        "This row of the table has {cells} cells, the header {columns}: the last ones would be lost. A bar in a cell is written \\|.",
    ),
    "B11": (
        "Bloc de code jamais refermé : ajoutez une ligne « {fence} » après lui.",
        "A block of code that is never closed: add a line « {fence} » below it.",
    ),
    "B12": (
        "Ce paragraphe est décalé de quatre espaces : il serait montré comme du code. Effacez-les.",
        "This paragraph is indented by four spaces: it would be shown as code. Delete them.",
    ),
    "C01": (
        "L’image d’ouverture n’a pas de crédit : ajoutez dessous une ligne « Crédit : … ».",
        "The opening image has no credit: add a line « Crédit : … » below it.",
    ),
    "G01": (
        "Pas de signature : terminez par le nom de l’auteur, seul entre deux lignes vides, en huit mots au plus.",
        "No signature: end with the author's name, alone between two empty lines, in eight words at most.",
    ),
    "G02": (
        "La signature « {signature} » ne correspond pas au champ auteur « {author} » : corrigez l’un des deux.",
        "The signature « {signature} » is not the author field's « {author} »: mend one of the two.",
    ),
    "G03": (
        "Pas de question dans les derniers paragraphes : une question finale invite à répondre.",
        "No question in the last paragraphs: a closing question invites an answer.",
    ),
    "H01": (
        "HTML « {tag} » : il sera montré tel quel. Écrivez ce passage en Markdown, ou dans un bloc « ::: ».",
        "HTML « {tag} »: it will be shown as it is. Write this passage in Markdown, or in a « ::: » block.",
    ),
    "H02": (
        "Balise « {tag} » non autorisée : elle sera montrée telle quelle. Utilisez *italique*, **gras** ou un lien.",
        "Tag « {tag} » is not allowed: it will be shown as it is. Use *italics*, **bold** or a link.",
    ),
    "H03": (
        "La balise « {tag} » n’a pas sa moitié dans ce paragraphe : refermez-la, ou effacez-la.",
        "The tag « {tag} » has no other half in this paragraph: close it, or delete it.",
    ),
    "H04": (
        "« {attribute} » est retiré de « {tag} » : une balise ne garde que lang, dir et title.",
        "« {attribute} » is taken off « {tag} »: a tag keeps only lang, dir and title.",
    ),
    "H05": (
        "Ce commentaire n’est jamais refermé : ajoutez « --> ».",
        "This comment is never closed: add « --> ».",
    ),
    "I01": (
        "Image sans description : dites entre les crochets ce qu’on y voit, ![description]({file}).",
        "Image without a description: say between the brackets what it shows, ![description]({file}).",
    ),
    "I02": (
        "Image introuvable à côté du texte : « {file} ».{near:? Vouliez-vous «» ?}",
        "No such image beside the text: « {file} ».{near:? Did you mean «»?}",
    ),
    "I03": (
        "« {name} » pèse {size} Mo : elle partira réduite, mais ce dossier s’alourdit. Réduisez-la si vous pouvez.",
        "« {name} » weighs {size} MB: it is shrunk before it leaves, but this folder grows heavy. Shrink it if you can.",
    ),
    "I04": (
        "Image en http:// : beaucoup de messageries la bloquent, écrivez https:// ou placez le fichier à côté du texte.",
        "An image at http://: many mail programs block it, write https:// or put the file beside the text.",
    ),
    "I05": (
        "Format {format} : Outlook ne le montre pas.{converted:? Cette image sera convertie ; vérifiez-la, ou donnez un JPEG ou un PNG.} Préférez JPEG ou PNG.",
        "Format {format}: Outlook does not show it.{converted:? This picture is converted; look at it, or give a JPEG or PNG.} Prefer JPEG or PNG.",
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
    "I12": (
        "Description de {length} caractères : dites l’essentiel en {maximum}, le reste dans le texte.",
        "A description of {length} characters: say what matters in {maximum}, the rest in the text.",
    ),
    "I13": (
        "« {alt} » est un nom de fichier : dites ce que l’on voit sur l’image.",
        "« {alt} » is a file name: say what the picture shows.",
    ),
    "I14": (
        "« {name} » n’a que {width} pixels de large : sur téléphone elle sera floue. Prenez-la d’au moins {wanted}.",
        "« {name} » is only {width} pixels wide: it looks blurred on a telephone. Take one of at least {wanted}.",
    ),
    "L01": (
        "Le lien « {words} » n’a pas d’adresse : écrivez [{words}](https://…).",
        "The link « {words} » has no address: write [{words}](https://…).",
    ),
    "L02": (
        "Adresse incomplète : écrivez {wanted}.",
        "Incomplete address: write {wanted}.",
    ),
    "L03": (
        "« {address} » ne mène nulle part depuis un courriel : donnez l’adresse complète, https://…",
        "« {address} » leads nowhere from a mail: give the full address, https://…",
    ),
    "L04": (
        "Espace dans l’adresse « {address} » : remplacez-la par %20, ou effacez-la.",
        "A space in the address « {address} »: write %20 for it, or delete it.",
    ),
    "L05": (
        "Espace entre « ] » et « ( » : le lien ne sera pas reconnu, collez-les.",
        "A space between « ] » and « ( »: this is no link, join them.",
    ),
    "L06": (
        "« {address} » est une adresse raccourcie : les filtres s’en méfient et le lecteur ne voit pas où il va. Donnez la vraie.",
        "« {address} » is a shortened address: filters distrust it and readers cannot see where it leads. Give the real one.",
    ),
    "L07": (
        "« {words} » ne dit pas où mène le lien : nommez ce que l’on y trouve.",
        "« {words} » does not say where the link leads: name what is there.",
    ),
    "L08": (
        "« {name} » n’est défini nulle part : écrivez [{words}](https://…).",
        "« {name} » is not defined anywhere: write [{words}](https://…).",
    ),
    "L09": (
        "Ce lien n’a pas de mots : écrivez entre les crochets ce que l’on trouvera à {address}.",
        "This link has no words: write between the brackets what is at {address}.",
    ),
    "L10": (
        "« {words} » mène aussi à {other} : deux liens différents portent le même nom.",
        "« {words} » also leads to {other}: two different links have one name.",
    ),
    "L11": (
        "Le lien montre « {words} » et mène à {host} : c’est à cela que l’on reconnaît l’hameçonnage. Écrivez des mots, ou la même adresse.",
        "The link shows « {words} » and leads to {host}: this is what phishing looks like. Write words, or the same address.",
    ),
    "L12": (
        "Ce lien est mal écrit : [mots](https://adresse), sans rien entre « ] » et « ( », et refermé.",
        "This link is mistyped: [words](https://address), nothing between « ] » and « ( », and closed.",
    ),
    "L13": (
        "Adresse seule : toutes les messageries n’en font pas un lien. Écrivez {wanted}, ou des mots : [mots](adresse).",
        "A bare address: not every mail program makes a link of it. Write {wanted}, or words: [words](address).",
    ),
    "N01": (
        "La note « [^{label}] » n’est définie nulle part : ajoutez en bas une ligne « [^{label}]: … ».",
        "The note « [^{label}] » is not defined anywhere: add a line « [^{label}]: … » further down.",
    ),
    "N02": (
        "La note « [^{label}] » n’est appelée nulle part : écrivez « [^{label}] » dans le texte, ou effacez-la.",
        "The note « [^{label}] » is not called anywhere: write « [^{label}] » in the text, or delete it.",
    ),
    "N03": (
        "La note « [^{label}] » est définie deux fois, ici et ligne {line} : celle-ci serait perdue. Donnez-lui un autre nom.",
        "The note « [^{label}] » is defined twice, here and on line {line}: this one would be lost. Give it another name.",
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
    "S05": (
        "Il manque une espace après « {typed} » : cette ligne ne sera pas un intertitre.",
        "A space is missing behind « {typed} »: this line is no heading.",
    ),
    "S06": (
        "Titre de niveau 1 (« # ») : l’objet est déjà le titre, écrivez « ## ».",
        "A level-1 heading (« # »): the subject is the title already, write « ## ».",
    ),
    "S07": (
        "« {typed} » saute un niveau de titre : écrivez « {wanted} ».",
        "« {typed} » skips a level of headings: write « {wanted} ».",
    ),
    "S08": (
        "« --- » collé sous « {title} » en fait un intertitre : laissez une ligne vide pour un filet, ou écrivez « ## … ».",
        "« --- » right below « {title} » makes a heading of it: leave an empty line for a divider, or write « ## … ».",
    ),
    "S09": (
        "La section « {title} » est vide : écrivez-la ou retirez son titre.",
        "The section « {title} » is empty: write it or take its heading out.",
    ),
    "S10": (
        "Intertitre vide : écrivez-le, ou effacez ses dièses.",
        "An empty heading: write it, or delete its signs.",
    ),
    "S11": (
        "Pas de chapô : ajoutez un paragraphe entre la salutation et le premier intertitre.",
        "No lead: add a paragraph between the salutation and the first heading.",
    ),
    "S12": (
        "« {title} » ressemble à un intertitre : écrivez « ## {title} ».",
        "« {title} » looks like a heading: write « ## {title} ».",
    ),
    "S13": (
        "Ce passage est avant la salutation : seules l’image d’ouverture et son crédit s’y placent.",
        "This passage stands before the salutation: only the opening image and its credit belong there.",
    ),
    "S14": (
        "Ces lignes courtes se liront à la suite, à partir de « {first} » : finissez chacune par \\ pour aller à la ligne, ou écrivez une liste (« - »).",
        "These short lines are read as one, from « {first} » on: end each with \\ for a line break, or write a list (« - »).",
    ),
    "T01": (
        "Texte provisoire oublié : « {text} ». Complétez-le, ou effacez-le.",
        "Unfinished text: « {text} ». Complete it, or delete it.",
    ),
    "T02": (
        "« {mark} » isolé : gras ou italique mal refermé ? Refermez-le contre le mot, ou écrivez \\{mark}.",
        "A lone « {mark} »: bold or italics not closed? Close it right behind the word, or write \\{mark}.",
    ),
    "T03": (
        "« {typed} » s’abrège « {wanted} ».",
        "« {typed} » is abbreviated « {wanted} ».",
    ),
    "T04": (
        "« {typed} » : « etc. » dit déjà la suite, écrivez « {wanted} ».",
        "« {typed} »: « etc. » says it all, write « {wanted} ».",
    ),
    "T05": (
        "« {typed} » s’écrit « {wanted} », avec œ.",
        "« {typed} » is written « {wanted} », with œ.",
    ),
    "T06": (
        "« {typed} » : les capitales gardent leur accent, écrivez « {wanted} ».",
        "« {typed} »: capitals keep their accents, write « {wanted} ».",
    ),
    "T07": (
        "« {typed} » : peut-être « {wanted} » ?",
        "« {typed} »: perhaps « {wanted} »?",
    ),
}
