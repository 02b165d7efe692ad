"""The encoder that takes sequences of similar length together: `length_bucketed`."""

from seqrec_core.spec import EncoderSpec, component, param, spec

__all__ = ["LengthBucketedQueryEncoderSpec"]


@spec
class LengthBucketedQueryEncoderSpec(EncoderSpec):
    """Any encoder, in training over buckets of similar length without most of their padding."""

    target = "seqrec_encoder_length_bucketed.length_bucketed:LengthBucketedQueryEncoder"
    encoder: EncoderSpec = component(
        "seqrec-encoder-sasrec:sasrec_transformer",
        activation="relu",
        help="embeddings to hidden states",
    )
    bucket_size: int = param(32, ge=1, help="users of a bucket, the most that go together")
    sequence_shift: int = param(
        1, ge=0, help="padding kept in front of the longest sequence; next_token's shift"
    )

    def is_causal(self) -> bool:
        """What the encoder inside says."""
        return self.encoder.is_causal()
