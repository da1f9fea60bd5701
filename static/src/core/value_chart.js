import { Component, onWillStart, useEffect, useRef, useState } from "@odoo/owl";
import { AssetsLoadingError, loadBundle } from "@web/core/assets";

// Visible on light and dark ground alike
export const TRACK = "rgba(127, 127, 127, 0.2)";
export const MUTED = "rgba(127, 127, 127, 0.6)";

/**
 * A color of the theme in use, which differs between light and dark.
 *
 * @param {string} name of a color of Bootstrap, such as `primary`
 * @param {number} [opacity] from 0 to 1
 */
export function themeColor(name, opacity = 1) {
    const color = getComputedStyle(document.documentElement).getPropertyValue(`--${name}-rgb`);
    return `rgba(${color || "127, 127, 127"}, ${opacity})`;
}

/**
 * The one way to draw a chart on the screen, with Chart.js.
 *
 * A point or bar is an object of Chart.js (`x` and `y`, or `value`) which may carry `text`: what it says in words, shown as
 * its tooltip and told to readers of the screen, and `opens`: what is handed to `onOpen` when it is clicked. For the keyboard
 * each of these has a button beside the canvas; the chart shows where the focus is. A dataset that `isUnnamed` has no legend.
 *
 * Where Chart.js cannot be loaded, what is said in words is all there is: it is shown instead of the chart.
 */
export class ValueChart extends Component {
    static template = "customer_value.ValueChart";
    static props = {
        type: String,
        datasets: Array,
        // of Chart.js; scales need no colors
        options: { type: Object, optional: true },
        // one line about the whole picture
        label: String,
        // in pixels
        height: Number,
        legend: { type: Boolean, optional: true },
        onOpen: { type: Function, optional: true },
        // inside the canvas, such as the number of a gauge
        slots: { type: Object, optional: true },
    };

    setup() {
        this.canvas = useRef("canvas");
        this.state = useState({ isMissing: false });
        onWillStart(async () => {
            try {
                await loadBundle("web.chartjs_lib");
            } catch (error) {
                if (!(error instanceof AssetsLoadingError)) {
                    throw error;
                }
                // a line that is cut off must not take the whole page with it
                this.state.isMissing = true;
            }
        });
        useEffect(() => {
            if (!this.state.isMissing) {
                this.chart = new Chart(this.canvas.el, this.config);
                return () => this.chart.destroy();
            }
        });
    }

    /** All that is said in words, with its place in the chart. */
    get items() {
        return this.props.datasets.flatMap(({ data }, datasetIndex) =>
            data.map((item, index) => ({ ...item, datasetIndex, index })).filter(({ text }) => text)
        );
    }

    get config() {
        const { type, datasets, options = {}, legend = false } = this.props;
        const color = getComputedStyle(this.canvas.el).color;
        const scales = Object.entries(options.scales || {}).map(([axis, scale]) => [
            axis,
            { ...scale, ticks: { color, maxRotation: 0, autoSkipPadding: 8, ...scale.ticks }, grid: { color: TRACK, ...scale.grid } },
        ]);
        return {
            type,
            data: { datasets },
            options: {
                animation: false,
                responsive: true,
                maintainAspectRatio: false,
                onClick: (_event, elements) => this.open(this.findOpening(elements)),
                onHover: (_event, elements) => {
                    this.canvas.el.style.cursor = this.findOpening(elements) ? "pointer" : "";
                },
                ...options,
                scales: Object.fromEntries(scales),
                plugins: {
                    legend: { display: legend, position: "bottom", align: "start", labels: {
                            color,
                            usePointStyle: true,
                            pointStyleWidth: 18,
                            boxHeight: 7,
                            // dashes tell lines of one color apart
                            generateLabels: (chart) =>
                                Chart.defaults.plugins.legend.labels.generateLabels(chart).map((label) => {
                                    const { borderWidth, borderDash = [] } = datasets[label.datasetIndex];
                                    const line = { pointStyle: "line", lineWidth: borderWidth, lineDash: borderDash };
                                    return { ...label, ...(borderWidth ? line : { pointStyle: "rect" }) };
                                }),
                            filter: ({ datasetIndex }) => !datasets[datasetIndex].isUnnamed,
                        } },
                    tooltip: {
                        displayColors: false,
                        filter: ({ raw }) => raw.text,
                        callbacks: { title: () => "", label: ({ raw }) => raw.text },
                    },
                },
            },
        };
    }

    findOpening(elements) {
        return elements
            .map(({ datasetIndex, index }) => this.props.datasets[datasetIndex].data[index])
            .find((item) => item.opens);
    }

    open(item) {
        if (item) {
            this.props.onOpen(item.opens);
        }
    }

    /** Show the tooltip of the item that has the focus. */
    point({ datasetIndex, index }) {
        this.mark([{ datasetIndex, index }]);
    }

    unpoint() {
        this.mark([]);
    }

    mark(elements) {
        if (this.state.isMissing) {
            return;
        }
        this.chart.setActiveElements(elements);
        this.chart.tooltip.setActiveElements(elements, { x: 0, y: 0 });
        this.chart.update();
    }
}
