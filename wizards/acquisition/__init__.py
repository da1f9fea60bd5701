from . import customer_acquisition_backtest
