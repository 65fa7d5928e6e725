"""Where TechSol is: regions, countries, cities."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class City:
    """A city with a site; ``code`` names the site, the carriers bring its circuits."""

    code: str
    name: str
    country: str
    country_name: str
    region: str
    latitude: float
    longitude: float
    carriers: tuple[str, ...]

    def site(self, number: int = 1) -> str:
        """Return the key of a site here."""
        return f"site-{self.code}{number}"


_NORD, _MERI = "carrier-nordljus", "carrier-meridiana"
_CORD, _KAI, _WIS = "carrier-cordillera", "carrier-kaiyo", "carrier-wislana"

DATA_CENTRES = (
    City("fra", "Frankfurt am Main", "DE", "Germany", "EMEA", 50.11, 8.68, (_NORD, _MERI)),
    City("ams", "Amsterdam", "NL", "Netherlands", "EMEA", 52.37, 4.9, (_NORD, _MERI)),
    City("lon", "London", "GB", "United Kingdom", "EMEA", 51.51, -0.13, (_NORD, _MERI)),
    City("ash", "Ashburn", "US", "United States", "AMER", 39.04, -77.49, (_CORD, _MERI)),
    City("tor", "Toronto", "CA", "Canada", "AMER", 43.65, -79.38, (_CORD, _MERI)),
    City("sin", "Singapore", "SG", "Singapore", "APAC", 1.35, 103.82, (_KAI, _MERI)),
    City("tyo", "東京", "JP", "Japan", "APAC", 35.68, 139.69, (_KAI, _MERI)),
)

# Poland's two circuits come from one carrier: two lines, and no redundancy.
OFFICES = (
    City("waw", "Warszawa", "PL", "Poland", "EMEA", 52.23, 21.01, (_WIS, _WIS)),
    City("lys", "Lyon", "FR", "France", "EMEA", 45.76, 4.84, (_NORD, _MERI)),
    City("vlc", "València", "ES", "Spain", "EMEA", 39.47, -0.38, (_NORD,)),
    City("trn", "Torino", "IT", "Italy", "EMEA", 45.07, 7.69, (_MERI,)),
    City("got", "Göteborg", "SE", "Sweden", "EMEA", 57.71, 11.97, (_NORD,)),
    City("ork", "Cork", "IE", "Ireland", "EMEA", 51.9, -8.47, (_NORD, _MERI)),
    City("zrh", "Zürich", "CH", "Switzerland", "EMEA", 47.37, 8.54, (_NORD, _MERI)),
    City("ath", "Αθήνα", "GR", "Greece", "EMEA", 37.98, 23.73, (_MERI,)),
    City("cpt", "Cape Town", "ZA", "South Africa", "EMEA", -33.92, 18.42, (_MERI,)),
    City("dxb", "دبي", "AE", "United Arab Emirates", "EMEA", 25.2, 55.27, (_MERI,)),
    City("mty", "Monterrey", "MX", "Mexico", "AMER", 25.69, -100.32, (_CORD,)),
    City("cwb", "Curitiba", "BR", "Brazil", "AMER", -25.43, -49.27, (_CORD, _MERI)),
    City("scl", "Santiago", "CL", "Chile", "AMER", -33.45, -70.67, (_CORD,)),
    City("pnq", "पुणे", "IN", "India", "APAC", 18.52, 73.86, (_KAI, _MERI)),
    City("mel", "Melbourne", "AU", "Australia", "APAC", -37.81, 144.96, (_KAI,)),
    City("pus", "부산", "KR", "South Korea", "APAC", 35.18, 129.08, (_KAI,)),
    City("dad", "Đà Nẵng", "VN", "Vietnam", "APAC", 16.05, 108.2, (_KAI,)),
)
CITY_BY_CODE = {each.code: each for each in (*DATA_CENTRES, *OFFICES)}
COUNTRIES = tuple(dict.fromkeys(each.country for each in CITY_BY_CODE.values()))
