"""The encoder of GRU4Rec: gated recurrent units over the events of a user."""
