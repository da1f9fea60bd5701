import { describe, expect, test } from "@odoo/hoot";
import { click } from "@odoo/hoot-dom";
import { advanceTime, animationFrame, Deferred } from "@odoo/hoot-mock";
import {
    defineModels,
    getService,
    makeServerError,
    models,
    mountWithCleanup,
    onRpc,
    preloadBundle,
} from "@web/../tests/web_test_helpers";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { WebClient } from "@web/webclient/webclient";

describe.current.tags("desktop");

class Diagnosis extends models.Model {
    _name = "customer.diagnosis";
}
defineMailModels();
preloadBundle("web.chartjs_lib");
defineModels([Diagnosis]);

const PAUSE = 1500;
const page = {
    company: "Company",
    diagnosis: 1,
    date: "06/30/2025",
    summary: "3 customers",
    failures: "",
    pillars: [{ code: "data", label: "Data", grade: "A", score: "99.0", formula: [] }],
    findings: [],
    readiness: [],
    history: [],
    plan: false,
};
const refusal = (message) => makeServerError({ type: "UserError", message });

/** @param {Function} diagnose what the server does @param {Function} progress how far it is */
async function mountPage({ diagnose, progress = () => false, changes = {} }) {
    onRpc("customer.diagnosis", "get_page", () => {
        expect.step("page");
        return { ...page, ...changes };
    });
    onRpc("customer.diagnosis", "get_progress", progress);
    onRpc("customer.diagnosis", "action_diagnose", diagnose);
    onRpc("customer.diagnosis", "action_cancel", () => {
        expect.step("cancel");
        return true;
    });
    await mountWithCleanup(WebClient);
    await getService("action").doAction({ type: "ir.actions.client", tag: "customer_diagnosis" });
    await animationFrame();
    expect.verifySteps(["page"]);
}

test("canceled: it is asked for until it ends, and said in one sentence", async () => {
    const answer = new Deferred();
    let running = false;
    await mountPage({
        diagnose: async () => {
            running = true;
            await answer;
        },
        progress: () => running && 40,
    });
    expect(".o_diagnosis_cancel").toHaveCount(0);
    await click(".o_diagnosis_run");
    await animationFrame();
    expect(".o_diagnosis_run").not.toBeEnabled();
    await click(".o_diagnosis_cancel");
    await animationFrame();
    expect(".o_diagnosis_cancel").not.toBeEnabled();
    expect.verifySteps(["cancel"]);
    await advanceTime(PAUSE);
    await animationFrame();
    expect.verifySteps(["cancel"]);
    expect(".o_diagnosis_percent").toHaveText("40%");
    running = false;
    answer.reject(refusal("The diagnosis was canceled."));
    await animationFrame();
    await animationFrame();
    expect(".o_notification:contains(The diagnosis was canceled.)").toHaveCount(1);
    expect(".modal").toHaveCount(0);
    expect(".o_diagnosis_cancel").toHaveCount(0);
    expect(".o_diagnosis_run").toBeEnabled();
    await advanceTime(3 * PAUSE);
    expect.verifySteps([]);
});

test("failed: the reason is said, the page is as before, and it can be tried again", async () => {
    expect.errors(1);
    let fails = true;
    await mountPage({
        diagnose: () => {
            if (fails) {
                throw refusal("No room on the disk");
            }
            return 1;
        },
    });
    await click(".o_diagnosis_run");
    await animationFrame();
    await animationFrame();
    expect.verifyErrors([/No room on the disk/]);
    expect(".modal:contains(No room on the disk)").toHaveCount(1);
    await click(".modal footer button");
    await animationFrame();
    expect(".o_diagnosis_run").toBeEnabled();
    fails = false;
    await click(".o_diagnosis_run");
    await animationFrame();
    await animationFrame();
    expect.verifySteps(["page"]);
});

test("that of a colleague is shown, and read once it has ended", async () => {
    let percent = 57;
    await mountPage({ diagnose: () => 1, progress: () => percent });
    expect(".o_diagnosis_run").not.toBeEnabled();
    expect(".o_diagnosis_percent").toHaveText("57%");
    percent = false;
    await advanceTime(PAUSE);
    await animationFrame();
    expect.verifySteps(["page"]);
    expect(".o_diagnosis_run").toBeEnabled();
});

test("checks that failed are named", async () => {
    await mountPage({ diagnose: () => 1, changes: { failures: "These checks failed: Phones." } });
    expect(".o_diagnosis_failures").toHaveText("These checks failed: Phones.");
});
