import { describe, expect, test } from "@odoo/hoot";
import { CustomerValueMonthField, formatMonth } from "@customer_value/core/month_field";
import { registry } from "@web/core/registry";

const { DateTime } = luxon;

describe.current.tags("desktop");

test("a month has its year, and no day", () => {
    expect(formatMonth(DateTime.fromISO("2026-11-01", { locale: "en-US" }))).toBe("Nov 2026");
    expect(formatMonth(DateTime.fromISO("2026-11-01", { locale: "zh-CN" }))).toBe("2026年11月");
    expect(formatMonth(false)).toBe("");
    expect(registry.category("fields").get("customer_value_month").component).toBe(CustomerValueMonthField);
});
