import { describe, expect, test } from "@odoo/hoot";
import { queryAllTexts, queryOne } from "@odoo/hoot-dom";
import { mockDate } from "@odoo/hoot-mock";
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
    since = fields.Date();
    grace = fields.Date();
    _records = [
        { id: 1, score: 81.25, change: 3.5, tier_id: 1, since: "2025-03-01", grace: "2025-03-31" },
        { id: 2, score: 12, change: -0.5, tier_id: 2, grace: "2025-02-28" },
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

test("the end of grace and the day of a change", async () => {
    mockDate("2025-03-10 12:00:00");
    await mountView({
        type: "list",
        resModel: "customer",
        arch: `
            <list>
                <field name="change" widget="customer_value_change" options="{'since': 'since'}"/>
                <field name="tier_id" widget="customer_value_badge" options="{'until': 'grace'}"/>
            </list>`,
    });
    expect(queryAllTexts(".badge")).toEqual(["Gold, until Mar 31", "Base"]);
    expect(".o_data_row:first td[name='change'] span").toHaveAttribute("title", "up by 3.5 since Mar 1");
    expect(".o_data_row:eq(1) td[name='change'] span").toHaveAttribute("title", "down by 0.5");
});
