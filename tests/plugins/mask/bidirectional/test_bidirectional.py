import torch
from seqrec_mask_bidirectional.bidirectional import BidirectionalMask


def test_all_real_events_are_seen_and_padding_sees_itself():
    mask = BidirectionalMask()({}, torch.tensor([[False, False, True, True], [False] * 4]))
    seen = [[1, 0, 1, 1], [0, 1, 1, 1], [0, 0, 1, 1], [0, 0, 1, 1]]
    assert (mask[0, 0] == 0).int().tolist() == seen
    assert torch.equal(mask[1, 0] == 0, torch.eye(4, dtype=torch.bool))
    assert (mask[mask != 0] == -torch.inf).all()
