import { Component, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { useRecordObserver } from "@web/model/relational_model/utils";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { useFolded } from "../core/folded";

/** Who else is in the running for a quotation, saved or not, and how to win against them: one line that unfolds. */
export class CustomerValueBattleCards extends Component {
    static template = "customer_value.BattleCards";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.keepLast = new KeepLast();
        this.state = useState({ cards: [] });
        this.folded = useFolded("battle_cards");
        useRecordObserver((record) => {
            const asked = this.readContext(record.data);
            const key = JSON.stringify(asked);
            if (key !== this.loadedKey) {
                this.loadedKey = key;
                // the form does not wait for it
                this.load(asked);
            }
        });
    }

    /** What the cards depend on. */
    readContext(data) {
        const lines = data.opportunity_id ? data.opportunity_competition_line_ids : data.competition_line_ids;
        return {
            partnerId: data.partner_id?.id ?? false,
            companyId: data.company_id?.id ?? false,
            isQuotation: ["draft", "sent"].includes(data.state),
            competitorIds: (lines?.records ?? []).map((line) => line.data.competitor_id?.id).filter(Boolean),
        };
    }

    async load({ partnerId, companyId, isQuotation, competitorIds }) {
        if (!partnerId || !isQuotation) {
            // what is still on its way is for another customer
            this.keepLast.add(Promise.resolve());
            this.state.cards = [];
            return;
        }
        const call = this.orm.silent.call("sale.order", "get_battle_cards", [partnerId, companyId, competitorIds]);
        this.state.cards = await this.keepLast.add(call);
    }

    get names() {
        return this.state.cards.map((card) => card.name).join(" · ");
    }
}

registry.category("view_widgets").add("customer_value_battle_cards", {
    component: CustomerValueBattleCards,
    additionalClasses: ["w-100"],
    fieldDependencies: [
        { name: "partner_id", type: "many2one" },
        { name: "company_id", type: "many2one" },
        { name: "opportunity_id", type: "many2one" },
        { name: "state", type: "selection" },
    ],
});
