"""The encoder of eSASRec: transformer blocks with learned gates."""
