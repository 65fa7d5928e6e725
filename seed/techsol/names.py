"""Names of clients in the languages of their countries: all invented, no two alike."""

_EN, _DE, _FR, _ES, _PT, _IT, _NL = "en", "de", "fr", "es", "pt", "it", "nl"
_PL, _SV, _EL, _AR, _HI, _JA, _KO, _VI = "pl", "sv", "el", "ar", "hi", "ja", "ko", "vi"

_LANGUAGES = {
    "DE": _DE, "NL": _NL, "GB": _EN, "US": _EN, "CA": _EN, "SG": _EN, "JP": _JA, "PL": _PL,
    "FR": _FR, "ES": _ES, "IT": _IT, "SE": _SV, "IE": _EN, "CH": _DE, "GR": _EL, "ZA": _EN,
    "AE": _AR, "MX": _ES, "BR": _PT, "CL": _ES, "IN": _HI, "AU": _EN, "KR": _KO, "VN": _VI,
}  # fmt: skip

# Twelve beginnings and ten endings of family and place names.
_STEMS = {
    _EN: ("Ash Bram Cald Dun Elder Fen Hart Kel Lang Marl Thorn Wex",
          "bourne bury combe den field ford gate leigh mere wick"),
    _DE: ("Alt Brück Eber Franz Hohen Kranz Lind Möll Ober Stein Wald Zell",
          "bach feld furt hagen hof mark rode stett tal wang"),
    _FR: ("Aube Beau Clair Don Fon Gren Haute Lau Mont Roche Vau Ver",
          "bourg champ court fort lac mare mont pré val vigne"),
    _ES: ("Alba Bel Cal Dora Esta Fuen Guada Luz Mira Pal Torre Villa",
          "cor dera lejo mar nares quera rino sol verde zano"),
    _PT: ("Alme Bela Cari Dour Esti Fonte Gale Lara Mata Pira Serra Vila",
          "deira lhar mar nova rim real sal tinga verde zal"),
    _IT: ("Alba Bel Cas Dol Fior Gar Luna Mon Pra Roc Ter Val",
          "bello cino dara forte gnano lera mare nero sette verde"),
    _NL: ("Aal Berg Dijk Eik Gras Hoog Kerk Laan Meer Oud Veen Water",
          "beek dam dijk horst huis kamp land stede veld wijk"),
    _PL: ("Biało Brzo Dąb Głog Jas Krze Lipo Mło Ostro Sosno Wiśnio Zie",
          "brzeg dół gaj górka łęka moście niec pole staw wice"),
    _SV: ("Björk Ek Fjäll Gran Hög Kron Lind Norr Sten Söder Väster Älv",
          "berga by dal gård holm köping lunda näs torp vik"),
    _EL: ("Αλε Βασι Γερα Δημη Ελα Θαλα Καλο Λευκο Μεγα Νικο Πετρο Χρυσο",
          "βίδης δάκης κάμπος λίμνη μάνος νίδης πέτρα ράκης στάθης χώρι"),
    _AR: ("نور بدر زهر سما فجر قمر وادي جبل ريم واحة نجم شمس",
          " الشرق| الجزيرة| الخليج| الساحل| المدينة| الصحراء| الغد| الأفق| النخيل| البحر"),
    _HI: ("अरु चंद्र दीप गगन हिम कमल मधु नील पवन रत्न सूर्य वन",
          "गंगा ज्योति तारा धारा नगर पुर प्रभा लोक वती सागर"),
    _JA: ("青 朝 東 石 海 風 桜 白 高 月 春 森", "浦 岡 川 木 崎 沢 島 田 原 山"),
    _KO: ("가람 나래 다온 도담 마루 미르 보람 새솔 아라 은하 초롱 한별",
          "골 들 벌 봉 빛 샘 솔 온 재 터"),
    _VI: ("An Bình Cẩm Đông Hải Hồng Kim Lam Minh Ngọc Thanh Vân",
          " Châu| Giang| Hà| Khê| Lâm| Long| Phong| Sơn| Thủy| Trúc"),
}  # fmt: skip

_PATTERNS = {
    "finance": {
        _EN: "{} Bank|{} Mutual|{} Insurance|{} Credit Union",
        _DE: "Bankhaus {}|Versicherung {}|Kreditkasse {}|Sparverein {}",
        _FR: "Banque {}|Mutuelle {}|Assurances {}|Crédit {}",
        _ES: "Banco {}|Caja {}|Seguros {}|Mutua {}",
        _PT: "Banco {}|Caixa {}|Seguros {}|Fundo {}",
        _IT: "Banca {}|Cassa {}|Assicurazioni {}|Credito {}",
        _NL: "{} Bank|{} Verzekeringen|Spaarfonds {}|{} Krediet",
        _PL: "Bank {}|Ubezpieczenia {}|Kasa {}|Fundusz {}",
        _SV: "{} Bank|{} Försäkring|{} Sparkassa|{} Fonder",
        _EL: "Τράπεζα {}|Ασφάλειες {}|Ταμείο {}|Πίστη {}",
        _AR: "مصرف {}|تأمين {}|صندوق {}|ائتمان {}",
        _HI: "{} बैंक|{} बीमा|{} निधि|{} वित्त",
        _JA: "{}銀行|{}保険|{}信用金庫|{}証券",
        _KO: "{}은행|{}보험|{}금고|{}증권",
        _VI: "Ngân hàng {}|Bảo hiểm {}|Quỹ {}|Tín dụng {}",
    },
    "healthcare": {
        _EN: "{} Hospital|{} Clinics|{} Health|{} Laboratories",
        _DE: "Klinikum {}|Praxisverbund {}|Labor {}|Pflegewerk {}",
        _FR: "Clinique {}|Hôpital {}|Laboratoires {}|Santé {}",
        _ES: "Clínica {}|Hospital {}|Laboratorios {}|Salud {}",
        _PT: "Clínica {}|Hospital {}|Laboratório {}|Saúde {}",
        _IT: "Clinica {}|Ospedale {}|Laboratori {}|Salute {}",
        _NL: "Ziekenhuis {}|{} Zorg|Kliniek {}|Laboratorium {}",
        _PL: "Szpital {}|Klinika {}|Laboratorium {}|Przychodnia {}",
        _SV: "{} Sjukhus|{} Vård|{} Klinik|{} Laboratorium",
        _EL: "Κλινική {}|Νοσοκομείο {}|Εργαστήρια {}|Υγεία {}",
        _AR: "مستشفى {}|عيادات {}|مختبرات {}|صحة {}",
        _HI: "{} अस्पताल|{} क्लिनिक|{} स्वास्थ्य|{} प्रयोगशाला",
        _JA: "{}病院|{}クリニック|{}医療|{}検査センター",
        _KO: "{}병원|{}의원|{}의료|{}검사",
        _VI: "Bệnh viện {}|Phòng khám {}|Y tế {}|Xét nghiệm {}",
    },
    "retail": {
        _EN: "{} Stores|{} & Sons|{} Markets|{} Outfitters",
        _DE: "Kaufhaus {}|Handelshaus {}|Markthalle {}|Versand {}",
        _FR: "Magasins {}|Marché {}|Maison {}|Épicerie {}",
        _ES: "Almacenes {}|Mercado {}|Tiendas {}|Casa {}",
        _PT: "Lojas {}|Mercado {}|Casa {}|Armazém {}",
        _IT: "Magazzini {}|Mercato {}|Casa {}|Bottega {}",
        _NL: "{} Winkels|{} Markt|Warenhuis {}|{} Kruideniers",
        _PL: "Sklepy {}|Dom Handlowy {}|Targ {}|Delikatesy {}",
        _SV: "{} Handel|{} Varuhus|{} Livs|{} Butiker",
        _EL: "Καταστήματα {}|Αγορά {}|Οίκος {}|Παντοπωλείο {}",
        _AR: "متاجر {}|سوق {}|بيت {}|بقالة {}",
        _HI: "{} बाज़ार|{} स्टोर|{} भंडार|{} वस्त्र",
        _JA: "{}百貨店|{}商店|{}マート|{}屋",
        _KO: "{}백화점|{}상회|{}마트|{}상점",
        _VI: "Siêu thị {}|Chợ {}|Cửa hàng {}|Bách hóa {}",
    },
}

# Shares no factor with the number of stems, so that neighbours look unlike and none comes twice.
_STRIDE = 37
_SECTORS_APART = 40
NAMES_MAX = 66
"""How many clients of one sector a country has names for."""


def client_name(country: str, sector: str, number: int) -> str:
    """Return the name of one of a country's clients in a sector; ``number`` counts these from 0."""
    language = _LANGUAGES[country]
    sharing = [each for each in _LANGUAGES if _LANGUAGES[each] == language]
    index = number * len(sharing) + sharing.index(country)
    beginnings, endings = (_words(each) for each in _STEMS[language])
    stems = len(beginnings) * len(endings)
    pattern = _PATTERNS[sector][language].split("|")[index // stems]
    stem = (index * _STRIDE + _SECTORS_APART * [*_PATTERNS].index(sector)) % stems
    return pattern.format(beginnings[stem // len(endings)] + endings[stem % len(endings)])


_GIVEN = {
    _EN: "Alice Colin Fiona Gareth Hope Liam Moira Neville Orla Rufus Tamsin Wesley",
    _DE: "Anke Dieter Frauke Götz Heike Jürgen Lieselotte Meinhard Renate Sönke Traudl Ulf",
    _FR: "Aurélie Bastien Cécile Didier Élodie Fabrice Héloïse Loïc Margaux Noël Solène Théo",
    _ES: "Álvaro Begoña Cristóbal Dolores Íñigo Jimena Nuria Óscar Pilar Rocío Sancho Ximena",
    _PT: "Afonso Benedita Caio Dulce Estêvão Flávia Gonçalo Inês João Lurdes Rosário Tomé",
    _IT: "Agnese Bruno Chiara Dario Elisa Fausto Ginevra Ivano Lidia Nello Ornella Tullio",
    _NL: "Aafke Bram Dirkje Evert Fenna Gijs Joke Koen Lotte Maarten Sjoerd Wietske",
    _PL: "Agnieszka Bożena Cezary Dobrosław Ewelina Grażyna Józef Łucja Mieczysław Róża Wit Żaneta",
    _SV: "Agneta Björn Elin Göran Håkan Ingegerd Måns Nils Sixten Stellan Tindra Åsa",
    _EL: "Αθηνά Βασίλης Γιώτα Δήμητρα Ελπίδα Ζήσης Ηλίας Θάλεια Λευτέρης Μυρτώ Νίκος Σοφία",
    _AR: "أمينة باسل جميلة خالد دينا رامي زينب سامي ليلى ماجد نادية ياسر",
    _HI: "अनिल आरती दीपा गोपाल हर्ष कविता मीना नवीन प्रिया रवि सुनीता विजय",
    _JA: "明子 一郎 恵美 健太 浩二 真理 直樹 翔 智子 雪 陽子 亮",
    _KO: "가영 나리 도현 민준 보라 서연 수빈 유진 지훈 채원 하늘 현우",
    _VI: "An Bảo Chi Dũng Giang Hạnh Khánh Linh Nga Phúc Thảo Yến",
}  # fmt: skip
_FAMILY_FIRST = frozenset({_JA, _KO, _VI})


def person_name(country: str, number: int) -> str:
    """Return the name of one of a country's people; ``number`` counts these from 0."""
    language = _LANGUAGES[country]
    sharing = [each for each in _LANGUAGES if _LANGUAGES[each] == language]
    index = number * len(sharing) + sharing.index(country)
    given = _GIVEN[language].split()
    beginnings, endings = (_words(each) for each in _STEMS[language])
    stem = (index * _STRIDE + index // len(given)) % (len(beginnings) * len(endings))
    family = beginnings[stem // len(endings)] + endings[stem % len(endings)]
    first = given[index % len(given)]
    return f"{family} {first}" if language in _FAMILY_FIRST else f"{first} {family}"


def _words(text: str) -> list[str]:
    # Bars where a word may begin with a space.
    return text.split("|") if "|" in text else text.split(" ")
