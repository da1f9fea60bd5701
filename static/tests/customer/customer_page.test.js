import { describe, expect, test } from "@odoo/hoot";
import { edit, press } from "@odoo/hoot-dom";
import { advanceTime, animationFrame, Deferred } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { contains, getService, mountWithCleanup, onRpc } from "@web/../tests/web_test_helpers";
import { WebClient } from "@web/webclient/webclient";

describe.current.tags("desktop");
defineMailModels();

test("what was searched for does not come after the search was given up", async () => {
    const late = new Deferred();
    onRpc("customer.page", "find", ({ args: [asked] }) => {
        expect.step(asked);
        return late.then(() => [{ id: 5, name: "Smith & Sons", found: "name" }]);
    });
    await mountWithCleanup(WebClient);
    await getService("action").doAction({ type: "ir.actions.client", tag: "customer_value_page" });
    await contains("input[name='find']").click();
    await edit("Smith");
    await advanceTime(300);
    expect.verifySteps(["Smith"]);
    await edit("");
    await press("Enter");
    await advanceTime(300);
    late.resolve();
    await animationFrame();
    await animationFrame();
    expect(".o_value_page_found").toHaveCount(0);
});
