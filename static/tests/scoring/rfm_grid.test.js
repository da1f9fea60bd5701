import { describe, expect, test } from "@odoo/hoot";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { defineModels, fields, models, mountView } from "@web/../tests/web_test_helpers";
import { layOut } from "@customer_value/scoring/rfm_grid";

describe.current.tags("desktop");

class Policy extends models.Model {
    _name = "policy";
    segment_ids = fields.One2many({ relation: "segment" });
    _records = [{ id: 1, segment_ids: [1, 2] }];
}
class Segment extends models.Model {
    _name = "segment";
    name = fields.Char();
    color = fields.Integer();
    r_min = fields.Integer();
    r_max = fields.Integer();
    f_min = fields.Integer();
    f_max = fields.Integer();
    m_min = fields.Integer();
    m_max = fields.Integer();
    _records = [
        { id: 1, name: "Recent", color: 3, r_min: 3, r_max: 5, f_min: 1, f_max: 5, m_min: 1, m_max: 5 },
        { id: 2, name: "Faded", color: 1, r_min: 1, r_max: 3, f_min: 1, f_max: 5, m_min: 1, m_max: 4 },
    ];
}
defineModels([Policy, Segment]);
defineMailModels();

test("all 125 codes are laid out once, best recency first", () => {
    const codes = layOut([]).flatMap((table) => table.rows.flatMap((row) => row.cells.map((cell) => cell.code)));
    expect(new Set(codes).size).toBe(125);
    expect(codes[0]).toBe("511");
    expect(codes.at(-1)).toBe("155");
});

test("gaps and overlaps are shown and counted", async () => {
    await mountView({
        type: "form",
        resModel: "policy",
        resId: 1,
        arch: `
            <form>
                <widget name="customer_value_rfm_grid"/>
                <field name="segment_ids">
                    <list><field name="name"/><field name="color"/>
                        <field name="r_min"/><field name="r_max"/><field name="f_min"/><field name="f_max"/>
                        <field name="m_min"/><field name="m_max"/></list>
                </field>
            </form>`,
    });
    expect(".o_value_rfm table").toHaveCount(5);
    expect(".o_value_rfm .o_value_missing").toHaveCount(10);
    expect(".o_value_rfm .o_value_doubled").toHaveCount(20);
    expect(".o_value_rfm .alert").toHaveText("10 codes without a segment; 20 codes in several segments");
    expect(".o_value_rfm td[title='555: Recent'] .o_badge_color_3").toHaveCount(1);
});
