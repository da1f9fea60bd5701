from . import customer_referral_report
