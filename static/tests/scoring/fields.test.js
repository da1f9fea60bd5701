import { describe, expect, test } from "@odoo/hoot";
import { queryAllTexts, queryOne } from "@odoo/hoot-dom";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { defineModels, fields, models, mountView } from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");

class Tier extends models.Model {
    _name = "tier";
    name = fields.Char();
    color = fields.Integer();
    _records = [
        { id: 1, name: "Gold", color: 3 },
        { id: 2, name: "Base", color: 0 },
    ];
}
class Customer extends models.Model {
    _name = "customer";
    score = fields.Float();
    change = fields.Float();
    tier_id = fields.Many2one({ relation: "tier" });
    _records = [
        { id: 1, score: 81.25, change: 3.5, tier_id: 1 },
        { id: 2, score: 12, change: -0.5, tier_id: 2 },
        { id: 3, score: 0, change: 0, tier_id: false },
    ];
}
defineModels([Tier, Customer]);
defineMailModels();

test("score, change and tier in a list", async () => {
    await mountView({
        type: "list",
        resModel: "customer",
        arch: `
            <list>
                <field name="score" widget="customer_value_score"/>
                <field name="change" widget="customer_value_change"/>
                <field name="tier_id" widget="customer_value_badge"/>
            </list>`,
    });
    expect(queryAllTexts(".o_value_score_number")).toEqual(["81.3", "12.0", "0.0"]);
    expect(queryOne(".o_value_score_fill:first").style.width).toBe("81.25%");
    expect("td.o_customer_value_change_cell .text-success").toHaveText("3.5");
    expect("td.o_customer_value_change_cell .text-danger i").toHaveAttribute("aria-label", "down by 0.5");
    expect(queryAllTexts(".badge")).toEqual(["Gold", "Base"]);
    expect(".badge.o_badge_color_3").toHaveText("Gold");
});
