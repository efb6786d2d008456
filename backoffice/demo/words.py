"""Invented names. Domains are reserved for documentation, so no mail can reach anybody."""

PLACES = (
    ("Quarrystone", "IE"), ("Felsental", "DE"), ("Lindenhall", "DE"), ("Aubraie", "FR"),
    ("Montclairon", "FR"), ("Vestervik", "NO"), ("Isvand", "DK"), ("Kuusilampi", "FI"),
    ("Torralba", "ES"), ("Vilanegra", "PT"), ("Castelfiorito", "IT"), ("Brzozow", "PL"),
    ("Hradecka", "CZ"), ("Balatonfel", "HU"), ("Merrowdale", "GB"), ("Glenfarran", "GB"),
    ("Oudewater", "NL"), ("Hoogveen", "BE"), ("Sankt Amand", "AT"), ("Rhonegg", "CH"),
    ("Maplewood", "CA"), ("Cedar Plains", "US"), ("Port Hollis", "US"), ("San Aurelio", "MX"),
    ("Rio Sereno", "BR"), ("Altaverde", "CL"), ("Kitamori", "JP"), ("Haneulri", "KR"),
    ("Lakshmipur Hills", "IN"), ("Wattle Bay", "AU"), ("Karaka Point", "NZ"), ("Umfula", "ZA"),
    ("Nyanzavale", "KE"), ("Savannakunda", "GM"), ("Baiyun Lake", "TW"), ("Ornsmark", "SE"),
)  # fmt: skip
BODIES = (
    ("University", "academicInstitution"), ("Institute of Technology", "academicInstitution"),
    ("University Library", "academicInstitution"), ("Academy of Sciences", "researchInstitution"),
    ("Institute of Oceanography", "researchInstitution"), ("Data Centre", "serviceProvider"),
    ("Geological Survey", "governmentAgency"), ("National Archive", "nationalInstitution"),
    ("Society of Archaeology", "professionalSociety"), ("University Press", "publisher"),
)  # fmt: skip
GIVEN = (
    "Ada", "Amara", "Aoife", "Bram", "Chidi", "Dana", "Elif", "Emil", "Fatou", "Goran", "Hana",
    "Ines", "Jonas", "Kaito", "Leila", "Mairi", "Mateo", "Nadia", "Ola", "Priya", "Quentin",
    "Rosa", "Sanna", "Tomas", "Ulrike", "Viktor", "Wren", "Ximena", "Yusuf", "Zoë",
)  # fmt: skip
FAMILY = (
    "Adeyemi", "Bauer", "Castellan", "Dvorak", "Eriksen", "Fontaine", "Galewski", "Hartmann",
    "Iwasaki", "Jankovic", "Kowal", "Lindqvist", "Moreau", "Njoroge", "Okafor", "Petersen",
    "Quispe", "Rossetti", "Sharma", "Thorsen", "Ueda", "Varga", "Whitlock", "Yilmaz", "Zeller",
)  # fmt: skip
STAFF = (
    ("membership", "Mara Klinger"), ("finance", "Finn Ostberg"), ("communications", "Cleo Marsh"),
    ("returning", "Rune Valk"), ("privacy officer", "Petra Silva"), ("auditor", "Aris Thorne"),
    ("administrator", "Agnes Noor"),
)  # fmt: skip
PASSWORD = "rollcall-demo"  # noqa: S105
