"""Words that names are made of. Companies are invented; their domains end in .example."""

import re
import unicodedata
from functools import cache

WORD = re.compile(r"\w+")

FIRST_NAMES = tuple(
    WORD.findall(
        """
    Adam Aisha Alan Alicia Amir Andrea Angela Antonio Astrid Ben Bianca Bruno Camila Carla Carlos
    Chloe Clara Claudia Dana Daniel Darius David Deepa Elias Elise Emil Emma Erik Esther Eva Farid
    Felix Fiona Frank Gabriel Gemma Georg Gina Hana Harriet Helen Hugo Ian Ida Irene Isabel Ivan
    Jack Jana Javier Jelena Joanna Julia Kai Karim Kate Kenji Lara Laura Lena Leo Linda Lucas
    Lydia Maja Malik Marco Maria Martin Mei Mia Milan Mona Nadia Nico Nina Nora Olga Oliver Omar
    Oscar Paula Pedro Peter Petra Quinn Rachel Rafael Renee Robert Ruth Samir Sandra Sara Sean
    Silvia Simon Sofia Stefan Susan Tara Theo Tomas Ursula Valeria Vera Viktor Vincent Wanda Will
    Xenia Yara Zoe
    """
    )
)
LAST_NAMES = tuple(
    WORD.findall(
        """
    Abbott Adler Aguilar Almeida Andersen Arroyo Bailey Barros Bauer Bennett Berg Bianchi Blake
    Bosch Brandt Burke Byrne Caldwell Campos Carver Castillo Chandra Clarke Cole Conti Cruz Dahl
    Dalton Desai Dietrich Dubois Duffy Ekström Ellis Engel Fabre Falk Farrell Ferreira Fischer
    Flores Forster Foster Franco Fuchs Gallo Garner Gautier Giordano Graham Grant Greco Hahn Hale
    Halvorsen Hansen Harper Hayes Hoffmann Holm Huber Ibarra Iyer Jacobs Jansen Jensen Kapoor
    Keller Kelly Khan Klein Koch Kovacs Kraus Lang Larsen Lemaire Lewis Lindgren Lopes Lund Marin
    Marsh Mayer Mehta Meyer Molina Moreau Moss Mueller Nash Navarro Nilsson Novak Ochoa Olsen
    Ortiz Owens Palmer Patel Pereira Petrov Price Quinn Ramos Rao Reed Reyes Richter Rivera Rossi
    Roy Ryan Salazar Santos Sato Schmidt Serra Shaw Silva Singh Soto Stein Suarez Tan Torres Vance
    Vogel Wagner Walsh Ward Weiss Wolf Wright Yilmaz Young Zhang Ziegler
    """
    )
)
STARTS = tuple(
    WORD.findall(
        """
    Al Ar Au Bel Bra Cal Car Cor Dal Del Dor El En Fal Fen Gal Gren Hal Har Il Jor Kel Kor Lan Lor
    Mar Mel Mor Nor Ol Or Pel Quin Ral Ros Sal Sol Tal Tor Ul Val Ver Vin Wal Wes Yor Zan Zel
    """
    )
)
MIDDLES = tuple(
    WORD.findall(
        """
    a an ba be da de di do e en er i in la len li lo ma mi mo na ne ni o ra ri ta ti va vi
    """
    )
)
ENDS = tuple(
    WORD.findall(
        """
    ba cor da dale den don field ford gate ham len lia lin mar mere mont na nor port ra ric sa son
    stead ta ter ton vale via ville wick worth
    """
    )
)
TRADES = {
    "Manufacturing": ("Works", "Industries", "Tooling", "Metals", "Components", "Engineering"),
    "Financial Services": ("Capital", "Bank", "Insurance", "Partners", "Trust", "Leasing"),
    "Healthcare": ("Health", "Clinics", "Medical", "Pharma", "Care", "Diagnostics"),
    "Retail": ("Traders", "Stores", "Foods", "Outfitters", "Markets", "Home"),
    "Technology": ("Systems", "Software", "Networks", "Data", "Labs", "Digital"),
    "Public Sector": ("Council", "Transit", "Utilities", "University", "Water", "Housing"),
}
LEGAL_FORMS = {
    "United States": ("Inc.", "LLC", "Corp.", ""),
    "Canada": ("Ltd.", "Inc."),
    "Germany": ("GmbH", "AG", "GmbH & Co. KG"),
    "Netherlands": ("B.V.", "N.V."),
    "Sweden": ("AB",),
    "United Kingdom": ("Ltd", "plc", "Limited"),
    "France": ("SAS", "SA"),
    "Spain": ("S.L.", "S.A."),
    "Ireland": ("Ltd", "DAC"),
    "Poland": ("Sp. z o.o.", "S.A."),
    "Greece": ("Α.Ε.", "Ε.Π.Ε."),
    "Japan": ("株式会社",),
}
CITIES = {
    "United States": (
        ("Boston", "MA", "021"),
        ("New York", "NY", "100"),
        ("Atlanta", "GA", "303"),
        ("Chicago", "IL", "606"),
        ("Austin", "TX", "787"),
        ("Denver", "CO", "802"),
        ("Seattle", "WA", "981"),
        ("San Diego", "CA", "921"),
    ),
    "Canada": (("Toronto", "ON", "M5V"), ("Calgary", "AB", "T2P")),
    "Germany": (("Berlin", "", "101"), ("München", "", "803"), ("Köln", "", "506")),
    "Netherlands": (("Utrecht", "", "35"), ("Rotterdam", "", "30")),
    "Sweden": (("Göteborg", "", "411"), ("Malmö", "", "211")),
    "United Kingdom": (("Leeds", "", "LS1"), ("London", "", "EC2"), ("Bristol", "", "BS1")),
    "France": (("Lyon", "", "690"), ("Nantes", "", "440")),
    "Spain": (("Valencia", "", "460"), ("Bilbao", "", "480")),
    "Ireland": (("Cork", "", "T12"), ("Galway", "", "H91")),
    "Poland": (("Kraków", "", "30-"), ("Łódź", "", "90-"), ("Wrocław", "", "50-")),
    "Greece": (("Θεσσαλονίκη", "", "546"), ("Πάτρα", "", "262")),
    "Japan": (
        ("大阪市", "大阪府", "530-00"),
        ("横浜市", "神奈川県", "220-00"),
        ("札幌市", "北海道", "060-00"),
    ),
}
DIAL = {
    "United States": "+1 555",
    "Canada": "+1 555",
    "Germany": "+49 30",
    "Netherlands": "+31 20",
    "Sweden": "+46 31",
    "United Kingdom": "+44 113",
    "France": "+33 4",
    "Spain": "+34 96",
    "Ireland": "+353 21",
    "Poland": "+48 12",
    "Greece": "+30 231",
    "Japan": "+81 6",
}
ENGLISH_STREETS = (
    "Mill Lane", "Harbour Street", "Station Road", "Market Square", "Oak Avenue", "Canal Street",
    "Foundry Road", "Park Row", "Bridge Street", "King Street", "Garden Way", "Orchard Close",
)  # fmt: skip
STREETS = {
    "Germany": ("Bahnhofstraße", "Gartenweg", "Hafenstraße", "Industriestraße", "Lindenallee"),
    "Netherlands": ("Stationsstraat", "Havenweg", "Molenlaan", "Kerkstraat"),
    "Sweden": ("Hamngatan", "Storgatan", "Kungsgatan", "Industrivägen"),
    "France": ("rue de la Gare", "avenue du Port", "rue des Moulins", "quai Saint-Michel"),
    "Spain": ("Calle Mayor", "Avenida del Puerto", "Calle de la Estación", "Paseo del Río"),
    "Poland": ("ul. Długa", "ul. Przemysłowa", "ul. Ogrodowa", "al. Pokoju"),
    "Greece": ("Εγνατία", "Λεωφόρος Νίκης", "Ερμού", "Κορίνθου"),
    "Japan": ("北浜", "中央", "栄町", "本町"),
}
# Where letters are others: how people and companies there write themselves, and how in Latin.
PEOPLE_OF = {
    "Japan": (
        (("美咲", "Misaki"), ("翔太", "Shota"), ("陽子", "Yoko"), ("健一", "Kenichi"),
         ("さくら", "Sakura"), ("大輔", "Daisuke"), ("恵", "Megumi"), ("拓也", "Takuya")),
        (("佐藤", "Sato"), ("鈴木", "Suzuki"), ("高橋", "Takahashi"), ("渡辺", "Watanabe"),
         ("伊藤", "Ito"), ("山本", "Yamamoto"), ("中村", "Nakamura"), ("小林", "Kobayashi")),
    ),
    "Greece": (
        (("Ελένη", "Eleni"), ("Γιώργος", "Giorgos"), ("Μαρία", "Maria"), ("Νίκος", "Nikos"),
         ("Κατερίνα", "Katerina"), ("Δημήτρης", "Dimitris")),
        (("Παπαδάκης", "Papadakis"), ("Γεωργίου", "Georgiou"), ("Νικολάου", "Nikolaou"),
         ("Οικονόμου", "Oikonomou"), ("Αγγελής", "Angelis"), ("Δήμου", "Dimou")),
    ),
    "Poland": (
        (("Łukasz", "Lukasz"), ("Małgorzata", "Malgorzata"), ("Paweł", "Pawel"), ("Zofia", "Zofia"),
         ("Michał", "Michal"), ("Agnieszka", "Agnieszka")),
        (("Wójcik", "Wojcik"), ("Kamińska", "Kaminska"), ("Dąbrowski", "Dabrowski"),
         ("Szymańska", "Szymanska"), ("Woźniak", "Wozniak"), ("Jabłońska", "Jablonska")),
    ),
}  # fmt: skip
JAPANESE_FIRST = ("青", "大", "三", "東", "北", "桜", "光", "富", "松", "白", "高", "新")
JAPANESE_SECOND = ("葉", "和", "星", "洋", "川", "井", "山", "栄", "原", "浜", "峰", "海")
JAPANESE_TRADES = {
    "Manufacturing": "製作所",
    "Financial Services": "証券",
    "Healthcare": "メディカル",
    "Retail": "商店",
    "Technology": "システムズ",
    "Public Sector": "水道局",
}
GREEK_TRADES = {
    "Manufacturing": "Βιομηχανία",
    "Financial Services": "Ασφαλιστική",
    "Healthcare": "Υγεία",
    "Retail": "Εμπορική",
    "Technology": "Πληροφορική",
    "Public Sector": "Ύδρευση",
}
GREEK = str.maketrans("abcdefghijklmnopqrstuvwxyz", "αβκδεφγχιτκλμνοπκρστουβξιζ")


def local_name(core: str, country: str, industry: str, number: int) -> str:
    """As a company of that country writes itself, where its letters are others."""
    if country == "Japan":
        first = JAPANESE_FIRST[number % len(JAPANESE_FIRST)]
        second = JAPANESE_SECOND[number // len(JAPANESE_FIRST) % len(JAPANESE_SECOND)]
        return f"{first}{second}{JAPANESE_TRADES[industry]}"
    if country == "Greece":
        greek = core.split(maxsplit=1)[0].lower().translate(GREEK)
        return f"{greek.capitalize()} {GREEK_TRADES[industry]}"
    return core


@cache
def beginnings() -> tuple[str, ...]:
    """Each once: some are spelled in two ways from their parts."""
    every = (f"{one}{two}{three}" for three in ENDS for two in MIDDLES for one in STARTS)
    return tuple(dict.fromkeys(every))


def slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
