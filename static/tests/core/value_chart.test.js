import { describe, expect, test } from "@odoo/hoot";
import { click, pointerDown, press, queryAllTexts, queryOne } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { mountWithCleanup, patchWithCleanup, preloadBundle } from "@web/../tests/web_test_helpers";
import { assets, AssetsLoadingError } from "@web/core/assets";
import { ValueChart } from "@customer_value/core/value_chart";

describe.current.tags("desktop");
defineMailModels();
preloadBundle("web.chartjs_lib");

const makeProps = () => ({
    type: "bar",
    datasets: [{ data: [{ x: "A", y: 1, text: "One", opens: "records of A" }, { x: "B", y: 2, text: "Two" }, { x: "C", y: 3 }] }],
    label: "Figures",
    height: 120,
    onOpen: (opens) => expect.step(opens),
});

test("what is said in words is listed out of sight, and opened by a button or a click on the chart", async () => {
    await mountWithCleanup(ValueChart, { props: makeProps() });
    expect(queryAllTexts("ul.visually-hidden li")).toEqual(["One", "Two"]);
    expect("button").toHaveCount(1);
    await click("button");
    expect.verifySteps(["records of A"]);
    const canvas = queryOne("canvas");
    const [first, second] = Chart.getChart(canvas).getDatasetMeta(0).data;
    await click(canvas, { position: { x: first.x, y: first.y + 5 }, relative: true });
    // Chart.js waits for it
    await animationFrame();
    expect.verifySteps(["records of A"]);
    await click(canvas, { position: { x: second.x, y: second.y + 5 }, relative: true });
    await animationFrame();
    expect.verifySteps([]);
});

test("the item that has the focus shows its tooltip", async () => {
    await mountWithCleanup(ValueChart, { props: makeProps() });
    const chart = Chart.getChart(queryOne("canvas"));
    await press("Tab");
    expect("button").toBeFocused();
    expect(chart.tooltip.getActiveElements().map(({ index }) => index)).toEqual([0]);
    await pointerDown(document.body);
    expect(chart.tooltip.getActiveElements()).toHaveLength(0);
});

test("where nothing can be drawn the words are shown, and open what is behind them", async () => {
    patchWithCleanup(assets, { loadBundle: () => Promise.reject(new AssetsLoadingError("Offline")) });
    await mountWithCleanup(ValueChart, { props: makeProps() });
    expect("canvas").toHaveCount(0);
    expect(".visually-hidden").toHaveCount(0);
    expect(".o_value_chart").toHaveAttribute("aria-label", "Figures");
    expect(queryAllTexts("li")).toEqual(["One", "Two"]);
    await press("Tab");
    await click("button");
    expect.verifySteps(["records of A"]);
});
