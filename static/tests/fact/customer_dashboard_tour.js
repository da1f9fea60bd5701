import { registry } from "@web/core/registry";

/** Titles and sums of the charts that are drawn, without what is not there. */
function readCharts(canvases) {
    const found = {};
    for (const chart of canvases.map((canvas) => Chart.getChart(canvas)).filter(Boolean)) {
        const { labels, datasets } = chart.data;
        const words = [...labels, ...datasets.map(({ label }) => label)].join(" ");
        if (/#|undefined|NaN|error/i.test(words)) {
            throw new Error(`${words} stands in a chart`);
        }
        const numbers = datasets.flatMap(({ data }) => data).filter(Boolean);
        found[chart.options.plugins.title.text] = numbers.reduce((sum, number) => sum + number, 0);
    }
    return found;
}

/** The steps through one dashboard: each chart with its sum, and the records behind a bar of one of them. */
function dashboard(name, sums, title, row) {
    return [
        { content: `Open ${name}`, trigger: `.o_search_panel [data-name='${name}']`, run: "click" },
        { content: "It is shown", trigger: `.o_search_panel .active[data-name='${name}']` },
        {
            content: "All its charts are drawn",
            trigger: ".o_renderer .o-figure canvas",
            async run() {
                const wanted = JSON.stringify(Object.entries(sums).sort());
                let found;
                // data come from the server after the chart
                for (let tries = 0; tries < 50 && found !== wanted; tries++) {
                    await new Promise((resolve) => setTimeout(resolve, 100));
                    const charts = readCharts([...document.querySelectorAll(".o_renderer .o-figure canvas")]);
                    found = JSON.stringify(Object.entries(charts).sort());
                }
                if (found !== wanted) {
                    throw new Error(`${found} instead of ${wanted}`);
                }
            },
        },
        {
            content: "Its records are behind a bar",
            trigger: ".o_renderer .o-figure canvas",
            run() {
                const charts = [...document.querySelectorAll(".o_renderer .o-figure canvas")].map((canvas) => Chart.getChart(canvas));
                const chart = charts.find(({ options }) => options.plugins.title.text === title);
                const place = chart.data.datasets.findIndex(({ data }) => data.some(Boolean));
                const index = chart.data.datasets[place].data.findIndex(Boolean);
                // bars that still grow are not yet where they will be
                chart.stop();
                chart.update("none");
                const { x, y, base } = chart.getDatasetMeta(place).data[index].getProps(["x", "y", "base"], true);
                const { left, top } = chart.canvas.getBoundingClientRect();
                const where = { clientX: left + x, clientY: top + (y + base) / 2, bubbles: true, cancelable: true };
                chart.canvas.dispatchEvent(new MouseEvent("click", where));
            },
        },
        { content: "The customer", trigger: `.o_list_view .o_data_row:contains('${row}')` },
        { content: "Back", trigger: ".breadcrumb-item:contains('Dashboards') a, .o_back_button", run: "click" },
        { content: "The dashboards again", trigger: ".o_spreadsheet_dashboard_action .o_renderer" },
    ];
}

registry.category("web_tour.tours").add("customer_dashboards", {
    steps: () => [
        ...dashboard(
            "Customer Portfolio",
            {
                "Customers per tier": 5,
                "Revenue per tier": 157,
                "Net margin per tier": 62,
                "Customers per stage": 5,
                "Net margin per stage": 62,
                "Orders per segment": 4,
            },
            "Revenue per tier",
            "Tour Faller"
        ),
        ...dashboard(
            "Customer Service",
            {
                "Complaints per tier": 3,
                "Service cost per tier": 15,
                "Customers with complaints": 2,
                "Net margin of customers with complaints": 60,
            },
            "Complaints per tier",
            "Tour Faller"
        ),
        ...dashboard(
            "Customer Retention",
            {
                "Customers lost": 1,
                "Customers won back": 1,
                "Tier changes": 2,
                "Declining and dormant customers": 1,
                "Customers at risk now": 1,
                "New customers": 1,
            },
            "Customers at risk now",
            "Tour Riser"
        ),
    ],
});
