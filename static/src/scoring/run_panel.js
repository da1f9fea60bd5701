import { Component, onWillDestroy, onWillStart, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

export const POLL_INTERVAL = 1000;

/** The buttons that start a run, and how far it has come. */
export class RunPanel extends Component {
    static template = "customer_value.RunPanel";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ running: false, simulating: false, step: "", percent: 0 });
        onWillStart(() => {
            this.resume();
        });
        onWillDestroy(() => this.stopPolling());
    }

    get data() {
        return this.props.record.data;
    }

    get canRun() {
        return this.data.simulate || !["done", "undone"].includes(this.data.state);
    }

    get canApply() {
        return !["draft", "archived"].includes(this.data.policy_state);
    }

    get hint() {
        if (!this.canApply) {
            return _t("Only the active policy can be applied. Any other can be simulated.");
        }
        return this.isDone
            ? _t("Nothing has been changed: this was a simulation.")
            : _t("A simulation shows the expected tier changes and changes nothing.");
    }

    get isDone() {
        return this.data.state === "done";
    }

    get applyLabel() {
        return this.isDone ? _t("Apply") : _t("Run");
    }

    get simulateLabel() {
        return this.isDone ? _t("Simulate Again") : _t("Simulate");
    }

    get title() {
        return this.state.simulating ? _t("Simulating") : _t("Running");
    }

    async start(method) {
        if (this.state.running) {
            return;
        }
        const { record } = this.props;
        Object.assign(this.state, { running: true, simulating: method === "action_simulate", step: "", percent: 0 });
        try {
            if (!(await record.save())) {
                return;
            }
            this.poll();
            await this.orm.silent.call("customer.value.run", method, [[record.resId]]);
            await record.load();
        } finally {
            this.stopPolling();
            this.state.running = false;
        }
    }

    /** Another window, or this one before it was left, may have started the run. */
    async resume() {
        if (this.props.record.resId && !this.isDone && (await this.fetchProgress())) {
            this.state.running = true;
            this.poll(async () => {
                this.state.running = false;
                await this.props.record.load();
            });
        }
    }

    /** @param {Function} [onFinished] called when nothing is under way any more */
    poll(onFinished) {
        this.timer = setTimeout(async () => {
            const underWay = await this.fetchProgress();
            if (!this.timer) {
                return;
            }
            if (underWay || !onFinished) {
                this.poll(onFinished);
            } else {
                onFinished();
            }
        }, POLL_INTERVAL);
    }

    stopPolling() {
        clearTimeout(this.timer);
        this.timer = null;
    }

    /** @returns {Promise<boolean>} whether the run is under way */
    async fetchProgress() {
        let progress = {};
        try {
            progress = await this.orm.silent.call("customer.value.run", "get_progress", [[this.props.record.resId]]);
        } catch {
            // a missed look at the progress is no reason to trouble the user: the run itself reports what fails
            return true;
        }
        if (!progress.step) {
            return false;
        }
        this.state.step = progress.step;
        this.state.percent = progress.percent;
        return true;
    }
}

registry.category("view_widgets").add("customer_value_run_panel", {
    component: RunPanel,
    additionalClasses: ["w-100"],
});
