"""Which countries are near each other: of one part of the world."""

from functools import cache

REGIONS = {
    "North America": "United States,USA,US,United States of America,Canada,CA,Mexico,MX",
    "South America": "Brazil,BR,Argentina,AR,Chile,CL,Colombia,CO,Peru,PE,Uruguay,UY,Ecuador,EC",
    "British Isles": "United Kingdom,UK,GB,Great Britain,England,Scotland,Wales,Ireland,IE,Eire",
    "Central Europe": "Germany,DE,Deutschland,Austria,AT,Switzerland,CH,Liechtenstein,LI,"
    "Czech Republic,Czechia,CZ,Slovakia,SK,Hungary,HU,Poland,PL,Slovenia,SI",
    "Western Europe": "France,FR,Belgium,BE,Netherlands,NL,The Netherlands,Luxembourg,LU,"
    "Channel Islands,Monaco,MC",
    "Southern Europe": "Spain,ES,Portugal,PT,Italy,IT,Greece,GR,Malta,MT,Cyprus,CY,Croatia,HR,"
    "Andorra,AD",
    "Northern Europe": "Sweden,SE,Norway,NO,Denmark,DK,Finland,FI,Iceland,IS,Estonia,EE,Latvia,LV,"
    "Lithuania,LT",
    "Eastern Europe": "Romania,RO,Bulgaria,BG,Serbia,RS,Ukraine,UA,Moldova,MD,Belarus,BY,Russia,RU",
    "Middle East": "Israel,IL,Turkey,TR,Türkiye,United Arab Emirates,UAE,AE,Saudi Arabia,SA,"
    "Bahrain,BH,Qatar,QA,Kuwait,KW,Oman,OM,Jordan,JO,Lebanon,LB,Egypt,EG",
    "Africa": "South Africa,ZA,RSA,Nigeria,NG,Kenya,KE,Ghana,GH,Morocco,MA,Tunisia,TN",
    "South Asia": "India,IN,Pakistan,PK,Bangladesh,BD,Sri Lanka,LK,Nepal,NP",
    "East Asia": "Japan,JP,China,CN,Hong Kong,HK,Taiwan,TW,South Korea,Korea,KR",
    "South-East Asia": "Singapore,SG,Malaysia,MY,Indonesia,ID,Thailand,TH,Vietnam,VN,"
    "Philippines,PH",
    "Oceania": "Australia,AU,New Zealand,NZ",
}
OF_COUNTRY = {
    country.casefold(): region
    for region, countries in REGIONS.items()
    for country in countries.split(",")
}


@cache
def region_of(country: str) -> str:
    """A country that is not known here is a part of the world of its own."""
    return OF_COUNTRY.get(country.strip().casefold(), country)
