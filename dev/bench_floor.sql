-- The least a full run can cost: read each source table once, grouped by commercial entity and
-- company, and write one row of twelve columns per customer into an ordinary (logged) table.
-- Run in one transaction, its commit included; the table is emptied before, outside of the time.
-- Through a temporary table, as a run does: PostgreSQL reads in parallel for that, and never for INSERT.
-- With the memory for sorting that a run asks for.
SET LOCAL work_mem = '256MB';
CREATE TEMPORARY TABLE bench_read ON COMMIT DROP AS
WITH sales AS (
    SELECT p.commercial_partner_id AS partner_id,
           o.company_id,
           min(o.date_order)::date AS first_order,
           max(o.date_order)::date AS last_order,
           count(*) AS order_count,
           sum(o.amount_untaxed / o.currency_rate) AS ordered,
           sum(o.margin / o.currency_rate) AS margin
      FROM sale_order o
      JOIN res_partner p ON p.id = o.partner_id
     WHERE o.state = 'sale'
     GROUP BY 1, 2
), invoices AS (
    SELECT m.commercial_partner_id AS partner_id,
           m.company_id,
           sum(m.amount_untaxed_signed) AS revenue,
           sum(m.amount_untaxed_signed) FILTER (WHERE m.move_type = 'out_refund') AS refunded
      FROM account_move m
     WHERE m.state = 'posted' AND m.move_type IN ('out_invoice', 'out_refund')
     GROUP BY 1, 2
), receivables AS (
    SELECT p.commercial_partner_id AS partner_id,
           l.company_id,
           sum(l.amount_residual) AS overdue
      FROM account_move_line l
      JOIN account_account a ON a.id = l.account_id
      JOIN res_partner p ON p.id = l.partner_id
     WHERE a.account_type = 'asset_receivable'
       AND l.parent_state = 'posted'
       AND l.reconciled IS NOT TRUE
       AND l.date_maturity < current_date
     GROUP BY 1, 2
), leads AS (
    SELECT p.commercial_partner_id AS partner_id,
           sum(l.expected_revenue * l.probability / 100) AS open_pipeline
      FROM crm_lead l
      JOIN res_partner p ON p.id = l.partner_id
     WHERE l.active AND l.won_status = 'pending'
     GROUP BY 1
), tickets AS (
    SELECT p.commercial_partner_id AS partner_id,
           t.company_id,
           count(*) AS ticket_count
      FROM helpdesk_ticket t
      JOIN res_partner p ON p.id = t.partner_id
     GROUP BY 1, 2
)
SELECT sales.partner_id,
       sales.company_id,
       sales.first_order,
       sales.last_order,
       sales.order_count,
       sales.ordered,
       sales.margin,
       invoices.revenue,
       invoices.refunded,
       receivables.overdue,
       leads.open_pipeline,
       tickets.ticket_count
  FROM sales
  LEFT JOIN invoices USING (partner_id, company_id)
  LEFT JOIN receivables USING (partner_id, company_id)
  LEFT JOIN leads USING (partner_id)
  LEFT JOIN tickets USING (partner_id, company_id);
INSERT INTO bench_floor SELECT * FROM bench_read;
