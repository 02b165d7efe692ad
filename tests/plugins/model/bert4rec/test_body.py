import torch
from seqrec_model_bert4rec.body import HIDDEN


def test_a_hidden_event_is_the_learnt_vector_and_nothing_else(make, events):
    body, (features, real) = make().body, events
    hidden = real & (torch.arange(5) % 2 == 0)
    embeddings = body.embed({**features, HIDDEN: hidden})
    plain = body.embedder(features)
    assert embeddings.keys() == plain.keys() == features.keys()
    for name, embedding in embeddings.items():
        torch.testing.assert_close(embedding[~hidden], plain[name][~hidden])
        expected = body.hidden_item if name == "item_id" else torch.zeros(())
        assert (embedding[hidden] == expected).all()


def test_the_vector_learns(make, events):
    model, (features, real) = make(), events
    labels = {"positive_labels": features["item_id"][..., None] % 30}
    mask = (real & (torch.arange(5) == 3))[..., None]
    model.train()(features, real, **labels, target_padding_mask=mask)["loss"].backward()
    for name, weight in model.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.abs().sum() > 0, name
