"""The SASRec transformer encoder."""
