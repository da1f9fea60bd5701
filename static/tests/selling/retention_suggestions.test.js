import { describe, expect, test } from "@odoo/hoot";
import { click, queryAllTexts } from "@odoo/hoot-dom";
import { animationFrame, Deferred } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { defineModels, fields, models, mountView, onRpc } from "@web/../tests/web_test_helpers";
import { browser } from "@web/core/browser/browser";
import { user } from "@web/core/user";

describe.current.tags("desktop");

class Company extends models.Model {
    _name = "res.company";
    name = fields.Char();
    _records = [{ id: 1, name: "Company" }];
}
class Product extends models.Model {
    _name = "product.product";
    name = fields.Char();
    _records = [
        { id: 71, name: "Chair" },
        { id: 72, name: "Desk" },
    ];
}
class Line extends models.Model {
    _name = "line";
    order_id = fields.Many2one({ relation: "order" });
    product_id = fields.Many2one({ relation: "product.product" });
    _records = [{ id: 1, order_id: 1, product_id: 72 }];
}
class Buyer extends models.Model {
    _name = "buyer";
    name = fields.Char();
    _records = [{ id: 5, name: "Buyer" }];
}
class Order extends models.Model {
    _name = "order";
    partner_id = fields.Many2one({ relation: "buyer" });
    company_id = fields.Many2one({ relation: "res.company" });
    currency_id = fields.Many2one({ relation: "res.currency" });
    state = fields.Selection({ selection: [["draft", "Draft"], ["sale", "Order"], ["cancel", "Canceled"]] });
    order_line = fields.One2many({ relation: "line", relation_field: "order_id" });
    _records = [
        { id: 1, partner_id: 5, company_id: 1, state: "draft", order_line: [1] },
        { id: 2, partner_id: 5, company_id: 1, state: "sale", order_line: [] },
        { id: 3, partner_id: false, company_id: 1, state: "draft", order_line: [] },
    ];
}
defineModels([Company, Product, Line, Buyer, Order]);
defineMailModels();

const SUGGESTION = {
    template_id: 7,
    name: "<b>Chair</b>",
    kind: "up",
    kind_label: "Up-sell",
    reason: "Bought by 64% of the customers who buy Desk",
    margin: 40,
    margin_text: "$ 40.00",
};

const mountOrder = (resId, readonly = "0") => {
    onRpc("res.partner", "get_cross_sell", ({ args, kwargs }) => {
        expect.step(`${args[0]}: ${kwargs.product_ids}`);
        return { company_id: 1, suggestions: kwargs.product_ids.includes(71) ? [] : [SUGGESTION] };
    });
    return mountView({
        type: "form",
        resModel: "order",
        resId,
        arch: `<form><field name="partner_id"/>
            <widget name="customer_retention_order_suggestions"/>
            <field name="order_line" readonly="${readonly}"><list editable="bottom"><field name="product_id"/></list></field></form>`,
    });
};

const unfold = async () => {
    await click(".o_value_fold_line");
    await animationFrame();
};

test("one line names them, and the browser remembers that it was unfolded", async () => {
    await mountOrder(1);
    expect(".o_value_fold_line").toHaveText("Customers like this one also buy <b>Chair</b>");
    expect(".o_value_fold_line").toHaveAttribute("aria-expanded", "false");
    expect(".o_retention_suggestion").toHaveCount(0);
    await unfold();
    expect(".o_value_fold_line").toHaveAttribute("aria-expanded", "true");
    expect(".o_retention_suggestion").toHaveCount(1);
    expect(browser.localStorage.getItem(`customer_value.order_suggestions.open.${user.userId}`)).toBe("true");
    await unfold();
    expect(".o_retention_suggestion").toHaveCount(0);
    expect(browser.localStorage.getItem(`customer_value.order_suggestions.open.${user.userId}`)).toBe("false");
    expect.verifySteps(["5: 72"]);
});

test("a suggestion becomes a line, and is gone", async () => {
    onRpc("product.template", "get_single_product_variant", ({ args }) => {
        expect.step(`variant of ${args[0]}`);
        return { product_id: 71, product_name: "Chair", has_optional_products: false };
    });
    // with what was in the quotation before
    onRpc("res.partner", "accept_cross_sell", ({ args }) => {
        expect.step(`accepted ${JSON.stringify(args)}`);
        return true;
    });
    await mountOrder(1);
    await unfold();
    expect.verifySteps(["5: 72"]);
    expect(".o_retention_suggestion b").toHaveText("<b>Chair</b>", { message: "names are text" });
    expect(".o_retention_suggestion .badge").toHaveText("Up-sell");
    await click(".o_retention_add");
    await animationFrame();
    await animationFrame();
    await animationFrame();
    expect.verifySteps(["variant of 7", "5: 71,72", "accepted [[5],7,1,[72],1]"], { ignoreOrder: true });
    expect(queryAllTexts(".o_data_row")).toEqual(["Desk", "Chair"]);
    expect(".o_retention_order_box").toHaveCount(0);
});

test("nothing is added where lines cannot be changed", async () => {
    await mountOrder(1, "1");
    await unfold();
    expect.verifySteps(["5: 72"]);
    expect(".o_retention_suggestion").toHaveCount(1);
    expect(".o_retention_add").toHaveCount(0);
});

test("nothing is asked for confirmed orders, and without a customer", async () => {
    await mountOrder(2);
    expect(".o_retention_order_box").toHaveCount(0);
    await mountOrder(3);
    expect(".o_retention_order_box").toHaveCount(0);
    expect.verifySteps([]);
});

test("who saves at once saves the product with its line", async () => {
    const late = new Deferred();
    onRpc("product.template", "get_single_product_variant", () => ({
        product_id: 71,
        product_name: "Chair",
        has_optional_products: false,
    }));
    onRpc("res.partner", "accept_cross_sell", () => true);
    onRpc("line", "onchange", () => late);
    onRpc("order", "web_save", ({ args }) => {
        expect.step(args[1].order_line.map(([, , values]) => values.product_id));
    });
    await mountOrder(1);
    await unfold();
    await click(".o_retention_add");
    await animationFrame();
    await click(".o_form_button_save");
    await animationFrame();
    late.resolve();
    await animationFrame();
    await animationFrame();
    await animationFrame();
    expect.verifySteps(["5: 72", [71], "5: 71,72"], { ignoreOrder: true });
});
