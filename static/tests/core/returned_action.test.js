import { expect, test } from "@odoo/hoot";
import { click } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { Component, markup, xml } from "@odoo/owl";
import { mockService, mountWithCleanup } from "@web/../tests/web_test_helpers";
import { useReturnedActions } from "@customer_value/core/returned_action";

defineMailModels();

const Markup = markup("").constructor;

class Opener extends Component {
    static template = xml`
        <button name="returned" t-on-click="() => this.action.doAction({ help: '&lt;p&gt;None&lt;/p&gt;' }, { onClose: 1 })"/>
        <button name="named" t-on-click="() => this.action.doAction('customer_value.some')"/>`;
    static props = {};

    setup() {
        this.action = useReturnedActions();
    }
}

test("what an action says of an empty list is HTML", async () => {
    const opened = [];
    mockService("action", { doAction: (...args) => opened.push(args) });
    await mountWithCleanup(Opener);
    await click("button[name='returned']");
    await click("button[name='named']");
    await animationFrame();
    const [[{ help }, options], named] = opened;
    expect(help).toBeInstanceOf(Markup);
    expect(`${help}`).toBe("<p>None</p>");
    expect(options).toEqual({ onClose: 1 });
    expect(named[0]).toBe("customer_value.some");
});
