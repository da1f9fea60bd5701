import { describe, expect, test } from "@odoo/hoot";
import { click, queryAllTexts } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { defineModels, fields, mockService, models, mountView, onRpc } from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");

class Wizard extends models.Model {
    _name = "wizard";
    name = fields.Char();
    breakdown = fields.Json();
    _records = [
        {
            id: 1,
            name: "One",
            breakdown: [
                ["audience", "Selected", 1300],
                ["opt_out", "<b>Wants</b> none", 1300],
                ["left", "Eligible", 0],
            ],
        },
        { id: 2, name: "Two", breakdown: false },
    ];
}
defineModels([Wizard]);
defineMailModels();

const mountWizard = (resId) =>
    mountView({
        type: "form",
        resModel: "wizard",
        resId,
        arch: `<form><field name="name"/><field name="breakdown" widget="customer_retention_audience"/></form>`,
    });

test("each number opens its customers, after the wizard is stored", async () => {
    mockService("action", { doAction: (action) => expect.step(action) });
    onRpc("wizard", "web_save", () => expect.step("save"));
    onRpc("wizard", "action_view_candidates", ({ args }) => args);
    await mountWizard(1);
    expect(queryAllTexts(".o_retention_audience th")).toEqual(["Selected", "<b>Wants</b> none", "Eligible"]);
    expect(queryAllTexts(".o_retention_audience td")).toEqual(["1,300", "1,300", "0"]);
    expect("tr[data-code=left] button").toHaveCount(0);
    await click("tr[data-code=opt_out] button");
    await animationFrame();
    expect.verifySteps([[[1], "opt_out"]]);
});

test("nobody chosen yet: what to do", async () => {
    await mountWizard(2);
    expect(".o_retention_audience").toHaveCount(0);
    expect("[name=breakdown]").toHaveText("Choose an audience, and press Calculate Size.");
});
