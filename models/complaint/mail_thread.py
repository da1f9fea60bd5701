from ast import literal_eval

from odoo import api, models
from odoo.tools.mail import email_split, generate_tracking_message_id

from ...analytics.complaint import incoming

# Characters of a subject that are read, as they come: reading a million takes half a minute
LONGEST_SUBJECT = 4000

# In the id of mails that Odoo has sent and that belong to no record
OF_NO_DOCUMENT = "-openerp-private@"


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def message_parse(self, message, save_original=False):
        """An unknown character set costs some letters, and an endless subject its end, not the whole mail."""
        incoming.cut_subject(message, LONGEST_SUBJECT)
        incoming.name_charsets(message)
        parsed = super().message_parse(message, save_original=save_original)
        if OF_NO_DOCUMENT in (parsed.get("message_id") or "") and self._find_complaint_teams(parsed["recipients"]):
            # a form of the website sends it: Odoo ignores mails that it has sent itself
            parsed["message_id"] = generate_tracking_message_id("complaint")
        return parsed

    @api.model
    def _find_complaint_teams(self, recipients):
        """The teams for complaints that a mail is addressed to, with or without a tag.

        :param str recipients: addresses, separated by commas
        """
        addresses = [address.lower() for address in email_split(recipients or "")]
        plain = [spelling for address in addresses for spelling in incoming.spellings(address) if "+" not in spelling]
        # sudo: the mail gateway has no user with these rights
        Team = self.env["helpdesk.ticket.team"].sudo()
        return Team.search([("for_complaints", "=", True), ("alias_id.alias_full_name", "in", plain)])

    @api.model
    def message_route(self, message, message_dict, model=None, thread_id=None, custom_values=None):
        """A mail to the address for complaints is one; an ordinary ticket that it continues gets it as well.

        Odoo routes it to the ticket alone, as both are tickets. Nor does it know the address with a tag, as in
        ``complaints+shop@``.
        """
        message_dict["recipients"] = self._without_tags(message_dict.get("recipients") or "")
        routes = super().message_route(
            message, message_dict, model=model, thread_id=thread_id, custom_values=custom_values
        )
        routes = self._without_second_complaints(routes)
        alias = self._find_complaint_alias(message_dict, routes)
        if not alias:
            return routes
        route = (alias.alias_model_id.model, False, literal_eval(alias.alias_defaults), routes[0][3], alias)
        route = self.env[route[0]]._routing_check_route(message, message_dict, route, raise_exception=False)
        if not route:
            return routes
        message_dict.pop("parent_id", None)
        return [*routes, route]

    @api.model
    def _without_tags(self, recipients):
        """Recipients of a mail, where an address for complaints has a tag together with the one that we know."""
        tagged = [address for address in email_split(recipients) if "+" in address]
        aliases = self._find_complaint_teams(",".join(tagged)).alias_id if tagged else self.env["mail.alias"]
        return ",".join([recipients, *aliases.mapped("alias_full_name")])

    @api.model
    def _without_second_complaints(self, routes):
        """One complaint in each company, however many teams a mail is addressed to."""
        # sudo: the mail gateway has no user with these rights
        Team = self.env["helpdesk.ticket.team"].sudo()
        companies, kept = set(), []
        for route in routes or ():
            model, thread_id, custom_values = route[:3]
            team = Team.browse((custom_values or {}).get("team_id") if model == "helpdesk.ticket" else ())
            if team.for_complaints and not thread_id:
                if team.company_id in companies:
                    continue
                companies.add(team.company_id)
            kept.append(route)
        return kept

    @api.model
    def _find_complaint_alias(self, message_dict, routes):
        """The alias of a team for complaints that a mail is written to, although it is routed to an ordinary ticket.

        A ticket that was a complaint stays what people have made of it.

        :return: ``mail.alias``, empty if there is none
        """
        # sudo: the mail gateway has no user with these rights
        Alias, Ticket = self.env["mail.alias"].sudo(), self.env["helpdesk.ticket"].sudo()
        if len(routes or ()) != 1 or routes[0][0] != Ticket._name or not routes[0][1]:
            return Alias
        ticket = Ticket.browse(routes[0][1])
        if ticket.is_complaint or ticket.complaint_number or ticket.team_id.for_complaints:
            return Alias
        return self._find_complaint_teams(message_dict.get("recipients")).alias_id[:1]

    @api.model
    def _message_route_process(self, message, message_dict, routes):
        """Pass what only the headers say to the intake of complaints."""
        if not self._leads_to_complaint(routes):
            return super()._message_route_process(message, message_dict, routes)
        message_dict = incoming.without_nul(message_dict | self._read_complaint_anew(message, message_dict.keys()))
        message_dict |= self.env["helpdesk.ticket"]._find_complaint_sender(message, message_dict)
        thread = self.with_context(
            complaint_automatic=incoming.is_answer_of_machine(message),
            complaint_passed_on=incoming.is_passed_on(message),
            complaint_of_program=incoming.is_of_program(message),
            complaint_attached=incoming.attached_senders(message),
            complaint_dated=bool(message.get("Date")),
        )
        return super(MailThread, thread)._message_route_process(message, message_dict, routes)

    @api.model
    def _leads_to_complaint(self, routes):
        """Whether a mail becomes a complaint, or belongs to one; other mails are none of our business."""
        # sudo: the mail gateway has no user with these rights
        Ticket, Team = self.env["helpdesk.ticket"].sudo(), self.env["helpdesk.ticket.team"].sudo()
        for model, thread_id, custom_values, _user_id, _alias in routes or ():
            if model != Ticket._name:
                continue
            if thread_id:
                complains = Ticket.browse(thread_id).is_complaint
            else:
                complains = Team.browse((custom_values or {}).get("team_id")).for_complaints
            if complains:
                return True
        return False

    @api.model
    def _read_complaint_anew(self, message, names):
        """What the mail says once it is read in the character sets that it really is written in.

        :param names: what was read the first time: attachments may have been left out on purpose
        :return: dict as of ``message_parse``, of what has letters in it; empty if the first reading was right
        """
        if not incoming.needs_reading_anew(message):
            return {}
        parsed = self.message_parse(incoming.read_anew(message))
        lettered = {"subject", "email_from", "from", "cc", "to", "body", "attachments"}
        return {name: parsed[name] for name in lettered & parsed.keys() & set(names)}
