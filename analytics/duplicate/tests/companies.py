"""Customers as companies keep them, with duplicates that are known and neighbours that are none."""

import random

CITIES = [
    (f"{start}{end}", 10000 + 1370 * number + 90 * place)
    for place, start in enumerate(("Neu", "Alt", "Ober", "Unter", "Bad "))
    for number, end in enumerate(("stadt", "burg", "heim", "hausen", "kirchen", "feld", "bach", "dorf", "see", "tal"))
]
STREETS = """Hauptstraße Bahnhofstraße Gartenweg Lindenallee Industriestraße Schulstraße Ringstraße Marktplatz
Mühlenweg Bergstraße Kirchgasse Rosenweg Waldstraße Seestraße Parkallee Hafenstraße Wiesenweg Feldstraße""".split()
FIRST = """Nord Alpen Rhein Hansa Atlas Delta Omega Falk Adler Sonn Stern Wind Wald Stahl Holz Glas Kupfer Silber Blau
Grün Berg Tal Fluss Insel Brücken Mühlen Eichen Linden Birken Ahorn""".split()
SECOND = """technik bau druck werk handel logistik pumpen systeme medien metall optik farben möbel energie software
garten textil papier elektro licht""".split()
FAMILIES = """Becker Krüger Schäfer Hofmann Vogel Wagner Lorenz Albrecht Winter Haas Sommer Graf Dietrich Ziegler
Brandt Kuhn Engel Pohl Horn Busch Bergmann Voigt Sauer Arnold Pfeiffer""".split()
FORMS = ("GmbH", "GmbH & Co. KG", "AG", "KG", "UG (haftungsbeschränkt)", "Ltd", "Ltd.", "Inc.", "S.A.R.L.", "")
CHINESE_CITIES = (("上海", "200"), ("北京", "100"), ("深圳", "518"), ("广州", "510"), ("杭州", "310"))
CHINESE_NAMES = "华 腾 新 宏 伟 达 盛 泰 东 海 天 元 信 诚 德 康 嘉 永 光 明 远 博 锐 凯 鑫 佳 恒 润 瑞 安".split()
CHINESE_TRADES = ("科技", "贸易", "电子", "实业", "机械", "医药")
CHINESE_FORMS = ("有限公司", "有限责任公司", "股份有限公司", "")
CHINESE_STREETS = ("中山路", "人民路", "南京路", "解放路", "建设路", "长江路")
FIELDS = ("name", "street", "city", "postcode", "vat", "phone", "mail")


class Companies:
    """:ivar rows: list of dicts of ``FIELDS`` :ivar owner: list with the number of the real customer of each row"""

    def __init__(self, count, seed=1):
        self.draw = random.Random(seed)
        self.rows, self.owner, self.kinds = [], [], []
        for number in range(count):
            self._add(self._chinese(number) if number % 7 == 3 else self._company(number), number, "original")
        originals = list(zip(self.rows, self.owner, strict=True))
        # one in ten is there twice, some three times
        for row, number in self.draw.sample(originals, count // 10):
            for _copy in range(2 if self.draw.random() < 0.1 else 1):
                self._add(self._copy(row), number, "duplicate")
        number = count
        for row, _number in self.draw.sample(originals, count // 25):
            number += 1
            self._add(self._branch(row, number), number, "branch")
        for row, _number in self.draw.sample(originals, count // 100):
            for _other in range(5):
                number += 1
                self._add(self._tenant(row, number), number, "same address")
        for office in range(count // 200):
            for _client in range(6):
                number += 1
                self._add(self._company(number) | {"mail": f"kanzlei{office}@steuerbuero.example"}, number, "mailbox")

    def _add(self, row, number, kind):
        self.rows.append(row)
        self.owner.append(number)
        self.kinds.append(kind)

    @property
    def texts(self):
        return {field: [row[field] for row in self.rows] for field in FIELDS}

    @property
    def pairs(self):
        """Pairs of positions that are the same customer."""
        groups = {}
        for position, number in enumerate(self.owner):
            groups.setdefault(number, []).append(position)
        return {(a, b) for group in groups.values() for a in group for b in group if a < b}

    def _name(self):
        draw = self.draw
        word = draw.choice(FIRST) + draw.choice(SECOND)
        style = draw.random()
        if style < 0.4:
            return f"{word} {draw.choice(FAMILIES)}"
        if style < 0.7:
            return f"{draw.choice(FAMILIES)} & {draw.choice(FAMILIES)} {draw.choice(SECOND).capitalize()}"
        return f"{draw.choice(FIRST)} {word.capitalize()}"

    def _company(self, number):
        draw = self.draw
        city, postcode = draw.choice(CITIES)
        name = self._name()
        slug = name.lower().replace(" & ", "-").replace(" ", "-")
        mail = draw.random()
        return {
            "name": f"{name} {draw.choice(FORMS)}".strip(),
            "street": f"{draw.choice(STREETS)} {draw.randint(1, 120)}",
            "city": city,
            "postcode": str(postcode + draw.randint(0, 4)),
            "vat": f"DE{100000000 + 7919 * number}" if draw.random() < 0.6 else "",
            "phone": f"+49 {postcode // 100} {draw.randint(100000, 9999999)}" if draw.random() < 0.8 else "",
            "mail": ""
            if mail < 0.2
            else f"{slug}{number % 97}@freemail.example"
            if mail < 0.4
            else f"info@{slug}{number}.example",
        }

    def _chinese(self, number):
        draw = self.draw
        city, code = draw.choice(CHINESE_CITIES)
        name = "".join(draw.sample(CHINESE_NAMES, 2)) + draw.choice(CHINESE_NAMES)
        return {
            "name": f"{city}{name}{draw.choice(CHINESE_TRADES)}{draw.choice(CHINESE_FORMS)}",
            "street": f"{draw.choice(CHINESE_STREETS)}{draw.randint(1, 900)}号",
            "city": city,
            "postcode": f"{code}{draw.randint(0, 30):03}",
            "vat": f"9131{10**13 + 7919 * number}" if draw.random() < 0.6 else "",
            "phone": f"+86 {draw.randint(13000000000, 18999999999)}" if draw.random() < 0.8 else "",
            "mail": f"sales@cn{number}.example" if draw.random() < 0.5 else "",
        }

    def _slip(self, text):
        """A letter too many, one too few, or two that have changed places."""
        if len(text) < 5:
            return text
        at = self.draw.randrange(1, len(text) - 2)
        return self.draw.choice(
            (
                text[:at] + text[at + 1 :],
                text[:at] + text[at] + text[at:],
                text[:at] + text[at + 1] + text[at] + text[at + 2 :],
            )
        )

    def _copy(self, row):
        draw = self.draw
        copy = dict(row)
        chinese = not row["name"].isascii() and row["city"] in dict(CHINESE_CITIES)
        forms = CHINESE_FORMS if chinese else FORMS
        for form in sorted(forms, key=len, reverse=True):
            if form and copy["name"].endswith(form):
                copy["name"] = copy["name"][: -len(form)].strip()
                break
        if chinese and draw.random() < 0.5:
            copy["name"] = copy["name"].removeprefix(row["city"])
        elif draw.random() < 0.3:
            copy["name"] = self._slip(copy["name"])
        elif draw.random() < 0.2:
            words = copy["name"].split()
            copy["name"] = " ".join(words[1:] + words[:1])
        copy["name"] = f"{copy['name']}{'' if chinese else ' '}{draw.choice(forms)}".strip()
        if draw.random() < 0.3:
            copy["name"] = copy["name"].upper()
        copy["street"] = copy["street"].replace("straße", draw.choice(("str.", "strasse", "straße")))
        copy["phone"] = copy["phone"].replace("+", draw.choice(("+", "00"))).replace(" ", draw.choice((" ", "/", "-")))
        # of what is known of the one, some is not of the other; some has changed
        for field in ("vat", "phone", "mail"):
            if draw.random() < 0.35:
                copy[field] = ""
        if draw.random() < 0.15:
            copy["mail"] = f"einkauf@{copy['mail'].partition('@')[2] or 'freemail.example'}"
        if draw.random() < 0.1:
            copy["phone"] = f"+49 171 {draw.randint(1000000, 9999999)}"
        if draw.random() < 0.15:
            copy["street"] = copy["postcode"] = ""
        elif draw.random() < 0.08:
            copy["street"] = f"{draw.choice(CHINESE_STREETS if chinese else STREETS)} {draw.randint(1, 120)}"
        if draw.random() < 0.1:
            copy["street"] = self._slip(copy["street"])
        return copy

    def _branch(self, row, number):
        """Another place of the same company: a customer of its own, with the same tax number and domain."""
        other = self._company(number)
        domain = row["mail"].partition("@")[2]
        mail = f"{other['city'].lower().replace(' ', '')}@{domain}" if domain.startswith(("info", "cn")) else ""
        return other | {"name": f"{row['name']} {other['city']}", "vat": row["vat"], "mail": mail}

    def _tenant(self, row, number):
        """Another company in the same house."""
        return self._company(number) | {field: row[field] for field in ("street", "city", "postcode")}
