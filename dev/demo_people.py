"""The people of the demo: who sells, and who buys."""

import random
from datetime import date, timedelta

from odoo import Command

COMPANIES = 0.35
CHINESE = 0.08  # of the companies
ACCOUNT_MANAGED = 0.7  # of the companies; of the people, a tenth


def _words(text):
    return text.split()


FIRST_NAMES = _words(
    "Alice Amir Anna Ben Carla Carlos Chloe Claire Daniel Diana Elena Emil Emma Erik Fatima Felix Frank Grace"
    " Hannah Hugo Ines Isaac Ivan Jack Jana Jonas Julia Karen Kofi Laura Leo Lena Liam Lucia Marco Maria Martin"
    " Maya Mei Mia Nadia Nina Noah Nora Olga Omar Oscar Paul Petra Priya Rosa Ruth Samir Sara Simon Sofia Thomas"
    " Victor Wendy Yusuf Zoe"
)
LAST_NAMES = _words(
    "Abbott Adler Alvarez Andersen Baker Barros Becker Bennett Bianchi Brandt Brooks Burke Carter Chen Clarke Cohen"
    " Costa Dahl Davies Dubois Ekman Ellis Evans Ferrari Fischer Fleming Foster Garcia Gibson Gomez Graham Hansen"
    " Hayes Hoffman Hughes Ibrahim Jensen Johnson Kaur Keller Khan Kowalski Larsen Lindqvist Lopez Marsh Martin"
    " Meyer Moreau Murphy Nakamura Nolan Novak Okafor Olsen Palmer Patel Pereira Quinn Reed Rossi Santos Schmidt"
    " Shah Silva Singh Stone Suzuki Tanaka Taylor Turner Varga Vogel Walsh Weber Wood Young Ziegler"
)
PLACES = _words(
    "Ashford Baltic Bayside Birchwood Bluewater Bridgeport Brookfield Cedar Clearwater Copperfield Crescent Eastgate"
    " Elmwood Fairview Foxhill Glenmore Granite Greenfield Harbour Hawthorn Highland Ironbridge Juniper Kingsway"
    " Lakeside Larkspur Lighthouse Maple Meridian Millbrook Northfield Oakridge Orchard Pinecrest Redstone Riverside"
    " Rosewood Sandstone Silverton Southport Stonegate Summit Sunnyside Thornbury Union Valley Westbrook Whitehall"
    " Willow Windmill"
)
TRADES = (
    "Records", "Music Stores", "Books & Music", "Audio", "Media", "Radio", "Studios", "Dance School", "Cafés",
    "Hotels", "Fitness", "Library Services", "Events", "Cinemas", "Gift Shops", "School of Music",
    "Broadcasting", "Department Stores", "Retail", "Entertainment",
)  # fmt: skip
FORMS = ("Ltd", "Inc.", "LLC", "& Co.", "Group", "GmbH", "BV", "")
CHINESE_PLACES = (
    "北京", "上海", "广州", "深圳", "杭州", "南京", "成都", "武汉", "西安", "苏州", "天津", "重庆", "厦门", "青岛",
)  # fmt: skip
CHINESE_NAMES = ("华声", "乐韵", "新星", "天音", "金碟", "海潮", "雅歌", "东方", "明珠", "百乐", "和鸣", "清音")
CHINESE_TRADES = (
    "音像有限公司", "文化传媒有限公司", "唱片店", "音乐学校", "图书音像公司", "演艺有限公司", "酒店管理公司",
)  # fmt: skip
CHINESE_CONTACTS = ("王芳", "李伟", "张敏", "刘洋", "陈静", "杨帆", "赵磊", "黄丽", "周强", "吴霞", "徐明", "孙悦")
DEPARTMENTS = ("Purchasing", "Music Department", "Branch Office", "Accounts Payable", "Programme Office")
CHINESE_DEPARTMENTS = ("采购部", "音像部", "分公司", "财务部")
BIRTHDAYS = 0.3  # of the contacts
FUNCTIONS = ("Buyer", "Purchasing Manager", "Shop Manager", "Assistant", "Owner", "Programme Director")


def load_language(env):
    """Have Simplified Chinese to switch to."""
    env["base.language.install"].create(
        {"lang_ids": [Command.set(env["res.lang"]._activate_lang("zh_CN").ids)], "overwrite": False}
    ).lang_install()


def create_team(env):
    """Three account managers in one sales team, and two who handle complaints; passwords are the logins.

    :return: the sales team
    """
    groups = {
        name: [
            env.ref("base.group_user").id,
            env.ref(f"sales_team.group_sale_{sales}").id,
            env.ref(f"helpdesk_mgmt.group_helpdesk_{helpdesk}").id,
            env.ref(f"customer_value.group_customer_value_{name}").id,
        ]
        for name, sales, helpdesk in (
            ("user", "salesman_all_leads", "user"),
            ("manager", "manager", "manager"),
        )
    }
    people = (
        ("manager", "Helen Brooks", "manager", "en_US"),
        ("user", "Tom Reed", "user", "en_US"),
        ("chinese", "李娜", "manager", "zh_CN"),
    )
    users = env["res.users"].create(
        [
            {
                "login": login,
                "password": login,
                "name": name,
                "email": f"{login}@example.com",
                "lang": lang,
                "notification_type": "inbox",
                "group_ids": [Command.set(groups[role])],
            }
            for login, name, role, lang in people
        ]
    )
    env["res.users"].create(
        [
            {
                "login": login,
                "password": login,
                "name": name,
                "email": f"{login}@example.com",
                "notification_type": "inbox",
                "group_ids": [
                    Command.set([env.ref(f"customer_value.group_complaint_{role}").id, env.ref("base.group_user").id])
                ],
            }
            for login, name, role in (("officer", "Olga Petrova", "officer"), ("judge", "Ruth Okafor", "manager"))
        ]
    )
    return env["crm.team"].create(
        {"name": "Key Accounts", "user_id": users[0].id, "member_ids": [Command.set(users.ids)]}
    )


def create_customers(env, draw, team, numbers, say):
    """One customer per CDNOW number, a third of them companies with contacts up to two levels deep.

    Gives ``{number: (customer, partners who order for it)}``.
    """
    term = env.ref("account.account_payment_term_30days", raise_if_not_found=False)
    managers = team.member_ids.ids
    names = _Names(draw)
    vals_list, kinds = [], []
    for number in numbers:
        kind = "person"
        if draw.random() < COMPANIES:
            kind = "chinese" if draw.random() < CHINESE else "company"
        managed = draw.random() < (ACCOUNT_MANAGED if kind != "person" else 0.1)
        vals = {
            "name": names.customer(kind),
            "ref": f"CDNOW {number:05d}",
            "email": f"customer{number:05d}@example.com",
            "phone": names.phone(kind),
            "is_company": kind != "person",
            "customer_rank": 1,
            "user_id": draw.choice(managers) if managed else False,
        }
        if term and kind != "person":
            vals["property_payment_term_id"] = term.id
        if kind == "chinese":
            vals |= {"country_id": env.ref("base.cn").id}
        vals_list.append(vals)
        kinds.append(kind)
    customers = env["res.partner"].create(vals_list)
    say("Customers", len(customers), len(customers))

    owners, departments = [], []
    for customer, kind in zip(customers, kinds, strict=True):
        for _contact in range(draw.choice((0, 1, 1, 2, 3)) if kind != "person" else 0):
            owners.append((customer, kind))
            departments.append(
                {"name": names.department(kind), "parent_id": customer.id, "type": "contact"}
                if draw.random() < 0.3
                else {**names.contact(kind), "parent_id": customer.id, "type": "contact"}
            )
    first_level = env["res.partner"].create(departments)
    below = [
        (contact, kind)
        for contact, (_owner, kind) in zip(first_level, owners, strict=True)
        if not contact.function and draw.random() < 0.8
    ]
    second_level = env["res.partner"].create(
        [{**names.contact(kind), "parent_id": contact.id, "type": "contact"} for contact, kind in below]
    )
    say("Contacts", len(first_level + second_level), len(first_level + second_level))

    buyers = {customer.id: [customer] for customer in customers}
    for contact in first_level + second_level:
        buyers[contact.commercial_partner_id.id].append(contact)
    return {number: (customer, buyers[customer.id]) for number, customer in zip(numbers, customers, strict=True)}


class _Names:
    """Draws names; no two customers have the same."""

    def __init__(self, draw):
        self.draw = draw
        self.used = set()
        # a draw of its own: what else is drawn does not depend on it
        self.details = random.Random("details")

    def phone(self, kind):
        """A number of those that are nobody's."""
        line = self.details.randrange(100)
        return f"+86 10 5555 {line:04d}" if kind == "chinese" else f"+1 202-555-01{line:02d}"

    def birthday(self):
        if self.details.random() > BIRTHDAYS:
            return False
        return date(1955, 1, 1) + timedelta(days=self.details.randrange(45 * 365))

    def customer(self, kind):
        while (name := self._customer(kind)) in self.used:
            pass
        self.used.add(name)
        return name

    def _customer(self, kind):
        pick = self.draw.choice
        if kind == "chinese":
            return f"{pick(CHINESE_PLACES)}{pick(CHINESE_NAMES)}{pick(CHINESE_TRADES)}"
        if kind == "company":
            if self.draw.random() < 0.25:
                return f"{pick(LAST_NAMES)} & {pick(('Sons', 'Daughters', pick(LAST_NAMES)))} {pick(TRADES)}"
            return f"{pick(PLACES)} {pick(TRADES)} {pick(FORMS)}".strip()
        return self._person()

    def _person(self):
        pick = self.draw.choice
        middle = f" {pick('ABCDEFGHJKLMNPRSTW')}." if self.draw.random() < 0.2 else ""
        return f"{pick(FIRST_NAMES)}{middle} {pick(LAST_NAMES)}"

    def contact(self, kind):
        name = self.draw.choice(CHINESE_CONTACTS) if kind == "chinese" else self._person()
        return {
            "name": name,
            "function": self.draw.choice(FUNCTIONS),
            "phone": self.phone(kind),
            "value_birthday": self.birthday(),
        }

    def department(self, kind):
        return self.draw.choice(CHINESE_DEPARTMENTS if kind == "chinese" else DEPARTMENTS)
