"""The task of BERT4Rec: events are hidden, and become the labels."""
