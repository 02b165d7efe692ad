"""BERT4Rec: guesses hidden events from what stands before and behind them."""
