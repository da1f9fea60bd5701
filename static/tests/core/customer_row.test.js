import { describe, expect, test } from "@odoo/hoot";
import { click, queryAllTexts } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { defineModels, fields, mockService, models, mountView, onRpc } from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");

class Shop extends models.Model {
    _name = "shop";
    name = fields.Char();
    _records = [{ id: 5, name: "Corner Shop" }];
}
class Row extends models.Model {
    _name = "row";
    partner_id = fields.Many2one({ relation: "shop" });
    kind = fields.Selection({ selection: [["big", "Big"]] });
    limit = fields.Monetary({ currency_field: "currency_id" });
    currency_id = fields.Many2one({ relation: "res.currency" });
    _records = [
        { id: 1, partner_id: 5, kind: "big", limit: 12.5, currency_id: 1 },
        { id: 2, partner_id: false, kind: false, limit: 0, currency_id: 1 },
    ];
}
defineModels([Shop, Row]);
defineMailModels();

test("the name of a customer leads to the customer, and the row to the row", async () => {
    mockService("action", { doAction: (action) => expect.step(action) });
    onRpc("shop", "get_formview_action", ({ args }) => `customer ${args[0]}`);
    await mountView({
        type: "list",
        resModel: "row",
        arch: `<list><field name="partner_id" widget="customer_value_link"/><field name="kind"/></list>`,
        selectRecord: (id) => expect.step(`row ${id}`),
    });
    expect(queryAllTexts("a.o_value_customer_link")).toEqual(["Corner Shop"]);
    await click("a.o_value_customer_link");
    await animationFrame();
    expect.verifySteps(["customer 5"]);
    await click(".o_data_row:first td[name='kind']");
    await animationFrame();
    expect.verifySteps(["row 1"]);
});

test("what is empty says what that means", async () => {
    await mountView({
        type: "list",
        resModel: "row",
        arch: `
            <list editable="bottom">
                <field name="currency_id" column_invisible="1"/>
                <field name="partner_id" widget="customer_value_worded_many2one" placeholder="Every shop"/>
                <field name="kind" widget="customer_value_worded_selection" placeholder="Every kind"/>
                <field name="limit" widget="customer_value_worded_monetary" placeholder="No limit"/>
            </list>`,
    });
    expect(queryAllTexts(".o_data_row:first td.o_data_cell")).toEqual(["Corner Shop", "Big", "$ 12.50"]);
    expect(queryAllTexts(".o_data_row:eq(1) td.o_data_cell")).toEqual(["Every shop", "Every kind", "No limit"]);
    await click(".o_data_row:eq(1) td[name='partner_id']");
    await animationFrame();
    expect(".o_data_row:eq(1) td[name='partner_id'] input").toHaveAttribute("placeholder", "Every shop");
});
