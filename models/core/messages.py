from lxml import etree, html
from odoo.tools.mail import html_to_inner_content

# characters of a message that a list shows
PREVIEW = 140

# The heading that Odoo puts above the note of an activity done: what was to be done, not what was.
ASKED = "o_mail_note_title"


def preview(body):
    """The beginning of a message, on one line; of an activity done, without what it had asked for.

    :param str body: HTML
    :return: text, empty where nothing is said
    """
    body = body or ""
    if ASKED in body:
        tree = html.fromstring(body)
        for title in tree.find_class(ASKED):
            for node in filter(lambda node: node is not None, (title.getnext(), title)):
                node.drop_tree()
        body = etree.tostring(tree, encoding="unicode")
    text = " ".join(html_to_inner_content(body).split())
    return text if len(text) <= PREVIEW else f"{text[:PREVIEW].rstrip()} …"
