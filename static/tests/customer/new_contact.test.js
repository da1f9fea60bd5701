import { describe, expect, test } from "@odoo/hoot";
import { readAsked } from "@customer_value/customer/new_contact";

describe.current.tags("desktop");

test("what was typed is taken for what it looks like", () => {
    expect(readAsked(" anna@example.com ")).toEqual({ person: "", phone: "", email: "anna@example.com" });
    expect(readAsked("+32 2 290.34-90")).toEqual({ person: "", phone: "+32 2 290.34-90", email: "" });
    expect(readAsked("(02)/290 34 90")).toEqual({ person: "", phone: "(02)/290 34 90", email: "" });
    expect(readAsked("Anna Berg")).toEqual({ person: "Anna Berg", phone: "", email: "" });
    expect(readAsked("4711")).toEqual({ person: "4711", phone: "", email: "" });
});
