import { describe, expect, test } from "@odoo/hoot";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { makeMockEnv } from "@web/../tests/web_test_helpers";
import { registry } from "@web/core/registry";
import "@customer_value/core/share_formatter";

describe.current.tags("desktop");
defineMailModels();

test("a share of nothing is told from a share of zero", async () => {
    await makeMockEnv();
    const format = registry.category("formatters").get("customer_value_share");
    expect([1, 0.5, 0, false].map((value) => format(value, { digits: [16, 0] }))).toEqual(["100%", "50%", "0%", ""]);
});
