import { describe, expect, test } from "@odoo/hoot";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { makeMockEnv } from "@web/../tests/web_test_helpers";
import { registry } from "@web/core/registry";
import "@customer_value/core/month_formatter";

const { DateTime } = luxon;

describe.current.tags("desktop");
defineMailModels();

test("a month has its year, and no day", async () => {
    await makeMockEnv();
    const format = registry.category("formatters").get("customer_value_month");
    expect(format(DateTime.fromISO("2026-11-01", { locale: "en-US" }))).toBe("Nov 2026");
    expect(format(DateTime.fromISO("2026-11-01", { locale: "zh-CN" }))).toBe("2026年11月");
    expect(format(false)).toBe("");
});
