from odoo.addons.helpdesk_mgmt.controllers.main import HelpdeskTicketController
from odoo.addons.helpdesk_mgmt.controllers.myaccount import CustomerPortalHelpdesk
from odoo.addons.portal.controllers.portal import pager as portal_pager
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.fields import Domain
from odoo.http import request, route
from odoo.tools import consteq

REASON_LENGTH = 4000

# Ids of PostgreSQL; what is larger is none
LARGEST_ID = 2**31 - 1

LETTER = "customer_value.action_report_complaint_letter"


class CustomerComplaintPortal(CustomerPortalHelpdesk):
    """Customers follow their complaints, reply, accept or disagree, and rate.

    Reading takes a login of the customer, or the token of a letter. Accepting and disagreeing take the login: letters
    are forwarded and printed, and holding one does not give the right to decide for the customer.
    """

    # -- list ----------------------------------------------------------------------------------------------------------

    def _get_own_complaints_domain(self):
        """Complaints of the customer that the user belongs to; record rules apply in addition."""
        customer = request.env.user.partner_id.commercial_partner_id
        return [("is_complaint", "=", True), ("commercial_partner_id", "=", customer.id)]

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "complaint_count" in counters:
            Ticket = request.env["helpdesk.ticket"]
            values["complaint_count"] = (
                Ticket.search_count(self._get_own_complaints_domain()) if Ticket.has_access("read") else 0
            )
        return values

    @route(["/my/complaints", "/my/complaints/page/<int:page>"], type="http", auth="user", website=True, readonly=True)
    def portal_my_complaints(self, page=1, **_params):
        Ticket = request.env["helpdesk.ticket"]
        if not Ticket.has_access("read"):
            return request.redirect("/my")
        domain = self._get_own_complaints_domain()
        total = Ticket.search_count(domain)
        pager = portal_pager(url="/my/complaints", total=total, page=page, step=self._items_per_page)
        complaints = Ticket.search(
            domain, order="complaint_received_on desc, id desc", limit=self._items_per_page, offset=pager["offset"]
        )
        values = self._prepare_portal_layout_values() | {
            "page_name": "complaint",
            "pager": pager,
            "default_url": "/my/complaints",
            # sudo: about the customer's own complaints, and no more than their pages show
            "complaints": [self._get_row(complaint_sudo) for complaint_sudo in complaints.sudo()],
        }
        return request.render("customer_value.portal_my_complaints", values)

    def _get_row(self, complaint_sudo):
        answered = complaint_sudo.complaint_state in ("answered", "referred", "closed")
        return {
            "url": complaint_sudo.access_url,
            "number": complaint_sudo.complaint_number,
            "title": complaint_sudo.name,
            "received": complaint_sudo.complaint_received_on,
            "due": not answered and complaint_sudo.complaint_regulatory_due,
            "state": complaint_sudo._get_portal_state(),
            "open": complaint_sudo.complaint_state != "closed",
            "asks": complaint_sudo.complaint_waiting_since
            or (complaint_sudo.complaint_state == "answered" and not complaint_sudo.complaint_accepted_on),
        }

    # -- one complaint -------------------------------------------------------------------------------------------------

    def _is_own(self, complaint_sudo):
        """Whether the user is logged in as somebody of the customer who complains."""
        user = request.env.user
        return (
            user._is_portal()
            and bool(complaint_sudo.commercial_partner_id)
            and user.partner_id.commercial_partner_id == complaint_sudo.commercial_partner_id
        )

    def _get_complaint_sudo(self, complaint_id, access_token=None):
        """:raise AccessError, MissingError: there is none that this visitor may read"""
        if complaint_id > LARGEST_ID:
            raise MissingError(request.env._("This complaint does not exist."))
        complaint_sudo = self._document_check_access("helpdesk.ticket", complaint_id, access_token=access_token)
        if not complaint_sudo.is_complaint:
            raise MissingError(request.env._("This complaint does not exist."))
        own_token = complaint_sudo.access_token or ""
        by_token = bool(access_token and own_token and consteq(own_token, access_token))
        # a follower of another customer's ticket gets its messages by mail, but does not see our answer here
        if request.env.user.share and not by_token and not self._is_own(complaint_sudo):
            raise AccessError(request.env._("You do not have access to this complaint."))
        return complaint_sudo.with_context(lang=request.env.lang)

    @route("/my/complaint/<int:complaint_id>", type="http", auth="public", website=True, methods=["GET"])
    def portal_my_complaint(self, complaint_id, access_token=None, report_type=None, download=False, **params):
        try:
            complaint_sudo = self._get_complaint_sudo(complaint_id, access_token)
        except (AccessError, MissingError):
            return request.redirect("/my")
        if report_type == "pdf" and complaint_sudo.complaint_answer_sent:
            return self._show_report(complaint_sudo, "pdf", LETTER, download=bool(download))
        return self._render_complaint(complaint_sudo, access_token, notice=params.get("notice"))

    def _render_complaint(self, complaint_sudo, access_token=None, notice=None, error=None, reason=""):
        own = self._is_own(complaint_sudo)
        values = self._get_page_view_values(
            complaint_sudo,
            access_token,
            {
                "page_name": "complaint",
                "complaint": complaint_sudo._prepare_portal_complaint(),
                "own": own,
                "rating_token": own and complaint_sudo._get_portal_rating_token(),
                "rated": own and bool(complaint_sudo.rating_ids.filtered("consumed")),
                "letter_url": self._get_letter_url(complaint_sudo, access_token),
                "notice": self._get_notices().get(notice),
                "complaint_error": error,
                "reason": reason,
                "reason_length": REASON_LENGTH,
            },
            "my_complaints_history",
            False,
        )
        return request.render("customer_value.portal_my_complaint", values)

    def _get_letter_url(self, complaint_sudo, access_token):
        if not complaint_sudo.complaint_answer_sent:
            return False
        url = f"{complaint_sudo.access_url}?report_type=pdf&download=true"
        return f"{url}&access_token={complaint_sudo.access_token}" if access_token else url

    def _get_notices(self):
        return {
            "accepted": request.env._("Thank you. You have accepted our answer."),
            "disputed": request.env._(
                "Thank you for your message. We will review your complaint and answer you again."
            ),
            "open": request.env._("A complaint cannot be closed like a ticket. Please accept our answer instead."),
        }

    # -- what the customer decides -------------------------------------------------------------------------------------

    @route("/my/complaint/<int:complaint_id>/accept", type="http", auth="user", website=True, methods=["POST"])
    def portal_accept(self, complaint_id, **_params):
        return self._decide(complaint_id, "accepted", lambda complaint: complaint._customer_accepts())

    @route("/my/complaint/<int:complaint_id>/dispute", type="http", auth="user", website=True, methods=["POST"])
    def portal_dispute(self, complaint_id, reason="", **_params):
        reason = reason.replace("\0", "").strip() if isinstance(reason, str) else ""
        error = None
        if not reason:
            error = request.env._("Please tell us what you disagree with.")
        elif len(reason) > REASON_LENGTH:
            error = request.env._("Please write no more than %s characters; you can attach files below.", REASON_LENGTH)
        return self._decide(
            complaint_id, "disputed", lambda complaint: complaint._customer_disputes(reason), reason, error
        )

    def _decide(self, complaint_id, notice, decide, reason="", error=None):
        """Take a decision of the customer; if it cannot be taken, the page says why and keeps what they wrote."""
        try:
            complaint_sudo = self._get_complaint_sudo(complaint_id)
        except (AccessError, MissingError):
            return request.redirect("/my")
        if not self._is_own(complaint_sudo):
            return request.redirect("/my")
        if not error:
            try:
                with request.env.cr.savepoint():
                    # as this user, so that they are recorded as the author; the method takes the rights that it needs
                    decide(complaint_sudo.with_user(request.env.user))
            except UserError as failure:
                error = str(failure)
            else:
                return request.redirect(f"/my/complaint/{complaint_id}?notice={notice}")
        complaint_sudo.invalidate_recordset()
        return self._render_complaint(complaint_sudo, error=error, reason=reason[: 2 * REASON_LENGTH])

    # -- the same as a ticket ------------------------------------------------------------------------------------------

    def _ticket_get_search_domain(self, search_in, search):
        """Among their tickets, customers look for a complaint by the number that they know."""
        domain = super()._ticket_get_search_domain(search_in, search)
        return (
            Domain.OR([domain, [("complaint_number", "ilike", search)]]) if search_in in ("number", "all") else domain
        )

    @route()
    def portal_my_ticket(self, ticket_id, access_token=None, **kw):
        """The page of a ticket shows stages and all files of it; a complaint has a page of its own."""
        ticket_sudo = request.env["helpdesk.ticket"].sudo()
        if ticket_id <= LARGEST_ID:
            # sudo: only whether it is a complaint; its page checks who may read it
            ticket_sudo = ticket_sudo.search([("id", "=", ticket_id), ("is_complaint", "=", True)])
        if ticket_sudo:
            token = {"access_token": access_token} if access_token else {}
            return request.redirect_query(f"/my/complaint/{ticket_id}", token)
        return super().portal_my_ticket(ticket_id, access_token=access_token, **kw)


class CustomerComplaintClose(HelpdeskTicketController):
    @route()
    def support_ticket_close(self, **kw):
        """Closing by a button for tickets; the complaint says what to do instead."""
        ticket_id = kw.get("ticket_id") or ""
        ticket_id = int(ticket_id) if ticket_id.isascii() and ticket_id.isdecimal() else 0
        if 0 < ticket_id <= LARGEST_ID:
            # sudo: only whether it is a complaint; its page checks who may read it
            found = request.env["helpdesk.ticket"].sudo().search([("id", "=", ticket_id), ("is_complaint", "=", True)])
            if found:
                return request.redirect(f"/my/complaint/{ticket_id}?notice=open")
        return super().support_ticket_close(**kw)
