import { Component, onMounted, onWillStart, useRef, useState } from "@odoo/owl";
import { deserializeDate, deserializeDateTime, formatDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";
import { useSetupAction } from "@web/search/action_hook";
import { Layout } from "@web/search/layout";
import { formatFloat } from "@web/views/fields/formatters";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { useReturnedActions } from "../core/returned_action";
import { SuggestionList } from "../selling/suggestions";
import { TrendLine } from "../scoring/trend_line";
import { describeChange } from "../scoring/score_field";
import { isEnough } from "./enough";
import { NewContactDialog } from "./new_contact";

// Contacts that are shown with how to reach them; the others are opened as a list.
const CONTACTS = 4;
const NO_FILTER = { kinds: [], text: "", contactId: false, since: "", until: "" };

/** Everything about one customer on one page; without one, a search for whom it is about. */
export class CustomerPage extends Component {
    static template = "customer_value.CustomerPage";
    static components = { Layout, SuggestionList, TrendLine };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useReturnedActions();
        this.notification = useService("notification");
        this.dialog = useService("dialog");
        this.keepLast = new KeepLast();
        this.keepFound = new KeepLast();
        this.keepProducts = new KeepLast();
        const { action, state = {} } = this.props;
        const partnerId = state.partnerId ?? action.params?.partner_id ?? action.context?.active_id ?? false;
        this.state = useState({
            partnerId,
            page: null,
            products: null,
            suggestions: [],
            rows: [],
            next: false,
            // kinds that have been among the rows, and whether the others are offered as well
            seen: [],
            isEveryKind: false,
            filter: { ...NO_FILTER, ...state.filter },
            asked: "",
            found: null,
        });
        // users who come back from a record find the page as they left it
        useSetupAction({
            getLocalState: () => ({ partnerId: this.state.partnerId, filter: { ...this.state.filter } }),
        });
        this.search = useDebounced(() => this.find(), 250);
        this.reload = useDebounced(() => this.loadTimeline(), 250);
        this.asking = useRef("asking");
        onWillStart(() => this.load());
        // without a customer there is nothing to do but to look for one
        onMounted(() => this.page || this.asking.el?.focus());
    }

    get display() {
        return { controlPanel: {} };
    }

    get page() {
        return this.state.page;
    }

    get score() {
        return formatFloat(this.page.value.score, { digits: [5, 1] });
    }

    get change() {
        const { score, previous_score: previous } = this.page.value;
        return describeChange(score - previous);
    }

    get lifetimeParts() {
        return this.page.head.lifetime.parts.map(({ label, amount }) => `${label}: ${amount}`).join("\n");
    }

    /** What is unsettled, without what is in order, and without a number that a headline below says as well. */
    get burning() {
        const isSaid = (item) => this.page.open.some(({ code, count }) => code === item.code && count === item.value);
        return this.page.value.unsettled.filter((item) => item.value && !isSaid(item));
    }

    /** When a product was bought; of several times how many, and how far apart. */
    lastBought({ last: day, days, gap }) {
        if (gap) {
            return _t("Last bought %(day)s, on %(days)s days, about every %(gap)s days", { day, days, gap });
        }
        return days > 1 ? _t("Last bought %(day)s, on %(days)s days", { day, days }) : _t("Last bought %(day)s", { day });
    }

    async load() {
        const { partnerId, filter } = this.state;
        if (!partnerId) {
            return;
        }
        const call = this.orm.call("customer.page", "get_page", [partnerId], { with_products: false });
        const page = await this.keepLast.add(call);
        // what takes longest, for the margin of the page, comes when the rest is there
        this.loadProducts();
        this.state.page = page;
        this.env.config.setDisplayName?.(page.name);
        this.show(page.timeline);
        if (Object.keys(NO_FILTER).some((name) => filter[name] && filter[name].length !== 0)) {
            await this.loadTimeline();
        }
    }

    async loadProducts() {
        const call = this.orm.silent.call("customer.page", "get_products", [this.state.partnerId]);
        Object.assign(this.state, await this.keepProducts.add(call));
    }

    asked(before = null) {
        const { kinds, text, contactId, since, until } = this.state.filter;
        return this.orm.call("customer.page", "get_timeline", [this.page.id], {
            kinds,
            text,
            contact_id: contactId,
            since: since || false,
            until: until || false,
            before,
        });
    }

    show({ rows, next }, before = []) {
        const seen = [...new Set([...this.state.seen, ...rows.map(({ channel }) => channel)])];
        Object.assign(this.state, { rows: [...before, ...rows], next, seen });
    }

    async loadTimeline() {
        this.show(await this.keepLast.add(this.asked()));
    }

    async loadMore() {
        this.show(await this.keepLast.add(this.asked(this.state.next)), this.state.rows);
    }

    /** Those that have happened with this customer so far, as far as it is known; all of them if asked for. */
    get kinds() {
        const { seen, isEveryKind, filter } = this.state;
        return this.page.channels.filter(
            ({ code }) => isEveryKind || seen.includes(code) || filter.kinds.includes(code)
        );
    }

    /** Those who can be called or written to come first. */
    get contacts() {
        const ways = ({ phone, email }) => (phone ? 2 : 0) + (email ? 1 : 0);
        return [...this.page.contacts].sort((one, other) => ways(other) - ways(one)).slice(0, CONTACTS);
    }

    openContacts() {
        return this.action.doAction({
            type: "ir.actions.act_window",
            name: _t("Contacts of %s", this.page.name),
            res_model: "res.partner",
            views: [
                [false, "list"],
                [false, "form"],
            ],
            domain: [
                ["commercial_partner_id", "=", this.page.id],
                ["id", "!=", this.page.id],
            ],
        });
    }

    toggleKind(code) {
        const { kinds } = this.state.filter;
        this.state.filter.kinds = kinds.includes(code) ? kinds.filter((kind) => kind !== code) : [...kinds, code];
        return this.loadTimeline();
    }

    chooseContact(ev) {
        this.state.filter.contactId = Number(ev.target.value) || false;
        return this.loadTimeline();
    }

    clear() {
        Object.assign(this.state.filter, NO_FILTER);
        return this.loadTimeline();
    }

    get isFiltered() {
        return Object.entries(this.state.filter).some(([, value]) => (Array.isArray(value) ? value.length : value));
    }

    day(row) {
        return formatDate(row.has_time ? deserializeDateTime(row.moment.replace("T", " ").slice(0, 19)) : deserializeDate(row.moment.slice(0, 10)));
    }

    // -- search --------------------------------------------------------------------------------------------------------

    async find() {
        const { asked } = this.state;
        const call = isEnough(asked) ? this.orm.call("customer.page", "find", [asked]) : null;
        this.state.found = await this.keepFound.add(Promise.resolve(call));
    }

    /** Whom the text leaves no doubt about. */
    chooseOnly() {
        const { found } = this.state;
        return found?.length === 1 && this.choose(found[0].id);
    }

    choose(partnerId) {
        const nothing = { page: null, products: null, suggestions: [], asked: "", found: null, seen: [], isEveryKind: false };
        Object.assign(this.state, { partnerId, ...nothing });
        Object.assign(this.state.filter, NO_FILTER);
        // what is still on its way is of another customer, or of another search
        this.keepProducts.add(Promise.resolve());
        this.keepFound.add(Promise.resolve());
        // the address is that of the customer, and whoever records a contact finds them chosen
        this.props.updateActionState?.({ active_id: partnerId });
        return this.load();
    }

    // -- what opens ------------------------------------------------------------------------------------------------------

    open(model, resId) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: model,
            res_id: resId,
            views: [[false, "form"]],
        });
    }

    /** What happened stands on a record: a message on its document, a step on its complaint. */
    openRow(row) {
        return this.open(...row.opens);
    }

    openBlock(block) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            name: _t("%(kind)s of %(customer)s", { kind: block.label, customer: this.page.name }),
            res_model: block.model,
            views: [
                [false, "list"],
                [false, "form"],
            ],
            domain: block.domain,
        });
    }

    async openUnsettled(method) {
        const action = await this.orm.call("res.partner", method, [[this.page.id]], {
            context: { allowed_company_ids: user.activeCompanies.map(({ id }) => id) },
        });
        return this.action.doAction(action);
    }

    newContact() {
        this.dialog.add(NewContactDialog, { resModel: "res.partner", resId: this.page.id, onRecorded: () => this.load() });
    }

    /** @param {Object} [more] context, such as lines to begin with */
    newQuotation(more) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "sale.order",
            views: [[false, "form"]],
            context: { default_partner_id: this.page.id, ...more },
        });
    }

    /** A quotation with the product; one that comes in variants is chosen there. */
    async offer(suggestion) {
        const single = await this.orm.call("product.template", "get_single_product_variant", [suggestion.template_id]);
        await this.orm.silent.call("res.partner", "accept_cross_sell", [[this.page.id], suggestion.template_id]);
        if (single.product_id) {
            return this.newQuotation({ default_order_line: [[0, 0, { product_id: single.product_id }]] });
        }
        this.notification.add(_t("%s comes in variants: choose one in the quotation.", suggestion.name));
        return this.newQuotation();
    }

    print() {
        return this.action.doAction("customer_value.action_report_customer_file", {
            additionalContext: { active_id: this.page.id, active_ids: [this.page.id], active_model: "res.partner" },
        });
    }

    /** What is advised, as it is. */
    async planStep() {
        const action = await this.orm.call("res.partner", "action_plan_next_step", [[this.page.id]]);
        return this.action.doAction(action, { onClose: () => this.load() });
    }

    planActivity() {
        return this.action.doAction(
            {
                type: "ir.actions.act_window",
                name: _t("Plan an Activity"),
                res_model: "mail.activity.schedule",
                views: [[false, "form"]],
                target: "new",
                context: {
                    active_id: this.page.id,
                    active_ids: [this.page.id],
                    active_model: "res.partner",
                },
            },
            { onClose: () => this.load() }
        );
    }

    openRatings() {
        return this.action.doAction({
            type: "ir.actions.act_window",
            name: _t("Ratings of %s", this.page.name),
            res_model: "rating.rating",
            views: [
                [false, "list"],
                [false, "form"],
            ],
            domain: this.page.head.satisfaction.domain,
        });
    }
}

registry.category("actions").add("customer_value_page", CustomerPage);
