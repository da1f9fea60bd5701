import { Component, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";

/** What is due today: one click and it is done. */
export class DeskReminders extends Component {
    static template = "customer_value.DeskReminders";
    static props = {
        // see customer.retention.desk._get_today
        today: Object,
        onOpen: Function,
        onOpenCustomer: Function,
        onOpenRecord: Function,
        onDone: Function,
        onPostpone: Function,
    };

    setup() {
        this.state = useState({ busy: false, noteFor: false, note: "" });
    }

    get items() {
        return this.props.today.items.map((item) => ({ ...item, ...this.describe(item.days) }));
    }

    get counts() {
        return this.props.today.counts.filter((count) => count.value);
    }

    describe(days) {
        if (days < 0) {
            return { when: days === -1 ? _t("since yesterday") : _t("%s days overdue", -days), look: "text-danger" };
        }
        if (days === 0) {
            return { when: _t("today"), look: "text-warning-emphasis" };
        }
        return { when: days === 1 ? _t("tomorrow") : _t("in %s days", days), look: "text-muted" };
    }

    key({ kind, id }) {
        return `${kind}-${id}`;
    }

    toggleNote(item) {
        const key = this.key(item);
        this.state.noteFor = this.state.noteFor === key ? false : key;
        this.state.note = "";
    }

    /** One at a time: a second click meets a list that has moved on. */
    async run(work) {
        if (this.state.busy) {
            return;
        }
        this.state.busy = true;
        try {
            await work();
        } finally {
            this.state.busy = false;
        }
    }

    done(item) {
        const note = this.state.noteFor === this.key(item) ? this.state.note.trim() : "";
        return this.run(async () => {
            await this.props.onDone(item.id, note || false);
            this.state.noteFor = false;
            this.state.note = "";
        });
    }

    postpone(item) {
        return this.run(() => this.props.onPostpone(item.id));
    }
}
