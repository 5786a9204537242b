"""What the invented shop sells, to whom in which countries, and which products go together."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Category:
    """A shelf of the shop, and how well it sells in each of `SEASONS`."""

    name: str
    liked_by_season: tuple[float, float, float]
    refund_weight: float = 1.0
    """How much more often than others its products come back."""


SEASONS = ("ordinary", "mothers_day", "winter")

CATEGORIES: tuple[Category, ...] = (
    Category("Candles & Scents", (1.0, 1.2, 1.2)),
    Category("Tea & Treats", (1.0, 1.0, 1.1)),
    Category("Paper & Post", (1.0, 1.1, 0.9), 0.3),
    Category("Pots & Petals", (1.1, 2.6, 0.5), 1.2),
    Category("Cups & Clay", (1.0, 1.3, 1.1), 2.2),
    Category("Wool & Slippers", (0.8, 0.5, 1.4), 1.8),
    Category("Midwinter", (0.15, 0.05, 3.2), 0.8),
)


@dataclass(frozen=True, slots=True)
class Product:
    """Something to give; prices are in cents of a euro."""

    product_id: str
    name: str
    category: str
    price_cents: int
    popularity: float = 1.0
    is_in_sale: bool = False
    """Whether the January, July and November sales reduce it."""


PRODUCTS: tuple[Product, ...] = (
    Product("CS-01", "Lighthouse Keeper's Candle", "Candles & Scents", 2490, 1.4),
    Product("CS-02", "Beeswax Pair, Sunday Best", "Candles & Scents", 1450, 1.1),
    Product("CS-03", "Matches for Long Evenings", "Candles & Scents", 490, 1.0, is_in_sale=True),
    Product("CS-04", "Rainy Library Room Mist", "Candles & Scents", 2950, 0.7),
    Product("CS-05", "Fig Tree Tealights, Dozen", "Candles & Scents", 890, 1.0, is_in_sale=True),
    Product("CS-06", "Quiet Harbour Incense", "Candles & Scents", 690, 0.6, is_in_sale=True),
    Product("TT-01", "Night Train Rooibos", "Tea & Treats", 1190, 1.3),
    Product("TT-02", "Grandmother's Orchard Tea", "Tea & Treats", 1290, 1.1),
    Product("TT-03", "Honey from Thirteen Hives", "Tea & Treats", 1490, 1.0),
    Product("TT-04", "Salted Caramel Pebbles", "Tea & Treats", 790, 1.2, is_in_sale=True),
    Product("TT-05", "Shortbread in a Sailor's Tin", "Tea & Treats", 1690, 0.9),
    Product("TT-06", "A Teaspoon of Patience", "Tea & Treats", 590, 0.8, is_in_sale=True),
    Product("PP-01", "Letters to Send Someday", "Paper & Post", 950, 1.0, is_in_sale=True),
    Product("PP-02", "Moth and Moon Notebook", "Paper & Post", 1390, 1.1),
    Product("PP-03", "Hare in Spring Cards, Eight", "Paper & Post", 790, 1.3, is_in_sale=True),
    Product("PP-04", "Sealing Wax, Oxblood", "Paper & Post", 850, 0.6, is_in_sale=True),
    Product("PP-05", "Ribbon by the Armful", "Paper & Post", 450, 1.2, is_in_sale=True),
    Product("PP-06", "Gift Tags with Small Opinions", "Paper & Post", 390, 1.3, is_in_sale=True),
    Product("PF-01", "Windowsill Herb Garden", "Pots & Petals", 2490, 1.0),
    Product("PF-02", "Dried Meadow in a Bunch", "Pots & Petals", 2190, 1.1),
    Product("PF-03", "Snail Watering Can", "Pots & Petals", 2790, 0.8),
    Product("PF-04", "Seeds for Forgetful Gardeners", "Pots & Petals", 490, 1.1, is_in_sale=True),
    Product("PF-05", "Fern That Minds Itself", "Pots & Petals", 3290, 0.6),
    Product("PF-06", "Bud Vase, Sea Glass", "Pots & Petals", 1590, 1.0),
    Product("CC-01", "Thumbprint Mug", "Cups & Clay", 1890, 1.4),
    Product("CC-02", "Tea Bowl with a Secret Fish", "Cups & Clay", 2690, 0.9),
    Product("CC-03", "Sugar Bowl, Slightly Proud", "Cups & Clay", 2390, 0.7),
    Product("CC-04", "Pair of Egg Cups in Love", "Cups & Clay", 1990, 0.9),
    Product("CC-05", "Big Supper Platter", "Cups & Clay", 5900, 0.5),
    Product("CC-06", "Spoon Rest, Sleeping Cat", "Cups & Clay", 990, 1.0, is_in_sale=True),
    Product("WS-01", "Felt Slippers, Cloudberry", "Wool & Slippers", 4490, 0.9),
    Product("WS-02", "Blanket for Two and a Dog", "Wool & Slippers", 8900, 0.6),
    Product("WS-03", "Bed Socks of Last Resort", "Wool & Slippers", 1690, 1.1, is_in_sale=True),
    Product("WS-04", "Hot Water Bottle in a Jumper", "Wool & Slippers", 2990, 1.0),
    Product("WS-05", "Scarf the Colour of Moss", "Wool & Slippers", 3890, 0.7),
    Product("MW-01", "Paper Stars, String of Nine", "Midwinter", 1490, 1.3),
    Product("MW-02", "Advent in Twenty-Four Drawers", "Midwinter", 6900, 0.6),
    Product("MW-03", "Glass Fox for the Tree", "Midwinter", 1290, 1.2),
    Product("MW-04", "Wrapping Paper, First Snow", "Midwinter", 590, 1.5, is_in_sale=True),
    Product("MW-05", "Wreath of Bay and Juniper", "Midwinter", 3490, 0.8),
    Product("MW-06", "Gingerbread Village, Flat-Packed", "Midwinter", 2290, 0.9),
)

FREE_GIFT = Product("FG-01", "A Card of Thanks", "Paper & Post", 0)
FREE_GIFT_FROM_CENTS = 9000
FREE_GIFT_SHARE = 0.04
"""Share of the orders worth that much which get it: the zero-price lines."""


@dataclass(frozen=True, slots=True)
class Affinity:
    """Who buys the first product often adds the second."""

    product_id: str
    goes_with: str
    share: float


AFFINITIES: tuple[Affinity, ...] = (
    Affinity("CS-01", "CS-03", 0.34),
    Affinity("CC-02", "TT-02", 0.36),
    Affinity("PP-01", "PP-04", 0.32),
    Affinity("WS-04", "WS-03", 0.30),
    Affinity("MW-04", "PP-05", 0.30),
    Affinity("PF-02", "PF-06", 0.32),
)


@dataclass(frozen=True, slots=True)
class Country:
    """A country the shop sends to; phone numbers are from a range its regulator keeps for fiction, or there are none."""

    name: str
    share: float
    cities: tuple[str, ...]
    women: tuple[str, ...]
    men: tuple[str, ...]
    last_names: tuple[str, ...]
    phone_prefix: str = ""
    phone_digits: int = 0


COUNTRIES: tuple[Country, ...] = (
    Country(
        "Germany",
        0.34,
        ("Berlin", "Hamburg", "Köln", "Leipzig", "München", "Freiburg"),
        ("Anneliese", "Frieda", "Greta", "Johanna", "Katrin", "Mathilda", "Ronja", "Theresa"),
        ("Anton", "Emil", "Henning", "Jonas", "Konrad", "Lorenz", "Moritz", "Till"),
        ("Ahrens", "Birnbaum", "Dornfeld", "Falkner", "Grünwald", "Habermann", "Lindenau", "Rosenthal", "Weidner"),
        "+493023125",
        3,
    ),
    Country(
        "United Kingdom",
        0.16,
        ("London", "Bristol", "Edinburgh", "Leeds", "Norwich"),
        ("Beatrice", "Clementine", "Edith", "Harriet", "Imogen", "Nell", "Rosalind", "Winifred"),
        ("Alfie", "Barnaby", "Callum", "Edmund", "Hugo", "Jasper", "Rupert", "Wilf"),
        ("Applegarth", "Bramwell", "Cartwright", "Fairweather", "Hollis", "Larkin", "Penrose", "Thistlewood"),
        "+447700900",
        3,
    ),
    Country(
        "France",
        0.12,
        ("Paris", "Lyon", "Nantes", "Strasbourg"),
        ("Amélie", "Camille", "Delphine", "Hélène", "Manon", "Océane"),
        ("Baptiste", "Étienne", "Florian", "Luc", "Mathieu", "Rémi"),
        ("Beaumont", "Chevalier", "Delacour", "Fontaine", "Marchand", "Rousselet"),
        "+3363998",
        4,
    ),
    Country(
        "Netherlands",
        0.09,
        ("Amsterdam", "Utrecht", "Groningen", "Haarlem"),
        ("Anouk", "Femke", "Lotte", "Marieke", "Roos", "Sanne"),
        ("Bram", "Daan", "Jeroen", "Maarten", "Sjoerd", "Thijs"),
        ("Bakkerman", "Duinhof", "Molenaar", "Roosendaal", "Vermeulen", "Zandstra"),
    ),
    Country(
        "Austria",
        0.08,
        ("Wien", "Graz", "Linz", "Salzburg"),
        ("Elfriede", "Leni", "Magdalena", "Rosalie", "Valentina"),
        ("Alois", "Ferdinand", "Leopold", "Maximilian", "Xaver"),
        ("Almhofer", "Brandstätter", "Eibensteiner", "Kirchmair", "Sonnleitner"),
    ),
    Country(
        "Ireland",
        0.05,
        ("Dublin", "Cork", "Galway"),
        ("Aoife", "Ciara", "Niamh", "Orla", "Saoirse"),
        ("Cillian", "Declan", "Fionn", "Oisín", "Ronan"),
        ("Brannigan", "Corrigan", "Fallon", "Kilbride", "O'Malley"),
        "+3532091",
        5,
    ),
    Country(
        "Italy",
        0.05,
        ("Bologna", "Milano", "Torino", "Verona"),
        ("Alessia", "Chiara", "Ginevra", "Lucia", "Serena"),
        ("Davide", "Elia", "Lorenzo", "Matteo", "Tommaso"),
        ("Bellandi", "Castellani", "Fiorelli", "Montanari", "Santoro"),
    ),
    Country(
        "Sweden",
        0.04,
        ("Stockholm", "Göteborg", "Uppsala"),
        ("Astrid", "Ebba", "Linnea", "Maja", "Tuva"),
        ("Axel", "Elias", "Gustav", "Nils", "Viggo"),
        ("Björkman", "Ekström", "Lindqvist", "Nordgren", "Sjöholm"),
        "+468465004",
        2,
    ),
    Country(
        "Belgium",
        0.04,
        ("Antwerpen", "Gent", "Liège"),
        ("Elise", "Julie", "Lore", "Margaux", "Noor"),
        ("Arne", "Lars", "Louis", "Robin", "Wout"),
        ("Claessens", "Dumortier", "Lambrecht", "Peeters", "Verhoeven"),
    ),
    Country(
        "Spain",
        0.03,
        ("Barcelona", "Bilbao", "Sevilla", "Valencia"),
        ("Alba", "Carmen", "Inés", "Lucía", "Pilar"),
        ("Álvaro", "Diego", "Javier", "Pablo", "Sergio"),
        ("Cordero", "Fuentes", "Herrera", "Robledo", "Zamora"),
    ),
)

ORDER_CHANNELS = ("web", "app", "store")
ONLINE_CHANNELS = ("web", "app")
DEVICES = ("phone", "desktop", "tablet")
SOURCES = ("search", "direct", "newsletter", "social", "voucher site")
ACQUISITION_CHANNELS = ("search", "friend", "social", "fair", "voucher site")
AGE_BANDS = ("18-24", "25-34", "35-44", "45-54", "55-64", "65+")
INCOME_BANDS = ("under 25k", "25k-40k", "40k-60k", "60k-90k", "over 90k")
GENDERS = ("female", "male", "other")
EVENT_TYPES = ("view", "cart", "purchase")
PAGES = ("home", "search", "category", "product", "sale", "basket", "checkout", "confirmation")
