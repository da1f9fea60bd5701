import { describe, expect, test } from "@odoo/hoot";
import { isEnough } from "@customer_value/customer/enough";
import { readAsked } from "@customer_value/customer/new_contact";

describe.current.tags("desktop");

test("what was typed is taken for what it looks like", () => {
    expect(readAsked(" anna@example.com ")).toEqual({ person: "", phone: "", email: "anna@example.com" });
    expect(readAsked("+32 2 290.34-90")).toEqual({ person: "", phone: "+32 2 290.34-90", email: "" });
    expect(readAsked("(02)/290 34 90")).toEqual({ person: "", phone: "(02)/290 34 90", email: "" });
    expect(readAsked("Anna Berg")).toEqual({ person: "Anna Berg", phone: "", email: "" });
    expect(readAsked("4711")).toEqual({ person: "4711", phone: "", email: "" });
});

test("one character is enough where it is a word", () => {
    expect(["ab", " 42 ", "王", " 王 ", "한"].filter((text) => !isEnough(text))).toEqual([]);
    expect(["", " ", "a", "é", "7", "。", "Ж"].filter(isEnough)).toEqual([]);
});
