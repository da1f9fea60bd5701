import { Component, onWillStart, onWillUnmount, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { useReturnedActions } from "../core/returned_action";
import { themeColor, ValueChart } from "../core/value_chart";

const MODEL = "customer.diagnosis";
const FINDING = "customer.diagnosis.finding";
const COLORS = { data: "primary", process: "success", people: "warning", readiness: "info" };
const TONES = { A: "success", B: "success", C: "warning", D: "danger", E: "danger" };
const SEVERITIES = { high: "danger", medium: "warning", low: "secondary" };

// between two questions how far it is, in milliseconds
const PAUSE = 1500;

/** The latest diagnosis of the company: grades, findings by money, and grades over time. */
export class DiagnosisPage extends Component {
    static template = "customer_value.DiagnosisPage";
    static components = { Layout, ValueChart };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useReturnedActions();
        this.notification = useService("notification");
        this.state = useState({ page: null, busy: false, canceling: false, percent: 0, open: null, pillar: null });
        onWillStart(() => Promise.all([this.load(), this.follow()]));
        onWillUnmount(() => clearInterval(this.timer));
    }

    async load() {
        this.state.page = await this.orm.call(MODEL, "get_page", []);
    }

    async diagnose() {
        this.state.busy = true;
        this.state.percent = 0;
        this.timer = setInterval(() => this.look(), PAUSE);
        try {
            await this.orm.call(MODEL, "action_diagnose", []);
            this.rest();
            await this.load();
        } catch (error) {
            const { canceling } = this.state;
            this.rest();
            if (canceling && error.exceptionName === "odoo.exceptions.UserError") {
                this.notification.add(error.data.message);
                return;
            }
            // that of a colleague may be in the way
            await this.follow();
            throw error;
        }
    }

    /** Whoever has started it: nothing of it is kept. */
    async cancel() {
        this.state.canceling = true;
        await this.orm.silent.call(MODEL, "action_cancel", []);
    }

    /** Show a diagnosis that somebody else has started, and read it once it has ended. */
    async follow() {
        if ((await this.look()) === false) {
            return;
        }
        this.state.busy = true;
        this.timer = setInterval(async () => {
            if ((await this.look()) === false) {
                this.rest();
                await this.load();
            }
        }, PAUSE);
    }

    async look() {
        const percent = await this.orm.silent.call(MODEL, "get_progress", []);
        this.state.percent = percent || this.state.percent;
        if (percent !== false && this.state.canceling) {
            // it was between two statements
            await this.cancel();
        }
        return percent;
    }

    rest() {
        clearInterval(this.timer);
        Object.assign(this.state, { busy: false, canceling: false });
    }

    get findings() {
        const { page, pillar } = this.state;
        return page.findings.filter((finding) => !pillar || finding.pillar === pillar);
    }

    get opened() {
        return this.state.page.pillars.find(({ code }) => code === this.state.open);
    }

    gradeTone({ grade }) {
        return TONES[grade] || "secondary";
    }

    severityTone({ severity }) {
        return SEVERITIES[severity];
    }

    toggleFormula(code) {
        this.state.open = this.state.open === code ? null : code;
    }

    togglePillar(code) {
        this.state.pillar = this.state.pillar === code ? null : code;
    }

    async run(method, id) {
        const action = await this.orm.call(FINDING, method, [[id]]);
        return this.action.doAction(action, { onClose: () => this.load() });
    }

    print() {
        return this.runOnDiagnosis("action_print");
    }

    async runOnDiagnosis(method) {
        return this.action.doAction(await this.orm.call(MODEL, method, [[this.state.page.diagnosis]]));
    }

    get datasets() {
        return this.state.page.history.map(({ code, label, points }) => ({
            label,
            data: points,
            borderColor: themeColor(COLORS[code]),
            backgroundColor: themeColor(COLORS[code]),
            borderWidth: 2,
            pointRadius: points.length > 40 ? 0 : 3,
        }));
    }

    get options() {
        const days = this.state.page.history.flatMap(({ points }) => points.map(({ x }) => x));
        return { scales: { x: { type: "category", labels: [...new Set(days)] }, y: { min: 0, max: 100 } } };
    }
}

registry.category("actions").add("customer_diagnosis", DiagnosisPage);
