import pytest
import torch
from seqrec_library_kernels.dropout import Dropout


@pytest.mark.parametrize("p", [0.1, 0.3, 0.5, 0.9])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_kept_values_are_scaled_by_the_rate_at_which_they_are_kept(p, dtype):
    torch.manual_seed(0)
    output = Dropout(p)(torch.ones(200_001, dtype=dtype))
    rate = round(256 * (1 - p)) / 256
    assert output.dtype == dtype
    values = torch.tensor([0, 1 / rate], dtype=torch.float64).to(dtype)
    assert torch.equal(output.unique(), values)
    assert (output != 0).double().mean().item() == pytest.approx(rate, abs=5e-3)
    if dtype != torch.bfloat16:
        assert output.double().mean().item() == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("byte", range(8))
def test_every_byte_of_a_random_word_keeps_at_the_same_rate(byte):
    torch.manual_seed(0)
    output = Dropout(0.75)(torch.ones(80_000)).view(-1, 8)[:, byte]
    assert (output != 0).double().mean().item() == pytest.approx(0.25, abs=0.02)


def test_elements_are_dropped_independently():
    torch.manual_seed(0)
    mask = (Dropout(0.5)(torch.ones(40_000, 16)) != 0).double()
    correlation = torch.corrcoef(mask.T) - torch.eye(16)
    assert correlation.abs().max() < 0.03


def test_the_gradient_is_that_of_the_elements_kept():
    torch.manual_seed(0)
    x = torch.randn(7, 9, requires_grad=True)
    output = Dropout(0.4)(x)
    weights = torch.randn(7, 9)
    (output * weights).sum().backward()
    scale = 256 / round(256 * 0.6)
    torch.testing.assert_close(x.grad, torch.where(output != 0, scale * weights, 0.0))


def test_the_seed_repeats_it():
    x, dropout = torch.randn(50, 3), Dropout(0.5)
    first, again = (dropout(x) for _ in range(2) if torch.manual_seed(1))
    assert torch.equal(first, again)
    assert not torch.equal(first, dropout(x))


@pytest.mark.parametrize("shape", [(), (0,), (1,), (3, 5), (2, 3, 4)])
def test_shapes_are_kept_and_the_input_is_not_changed(shape):
    x = torch.ones(shape)
    assert Dropout(0.5)(x).shape == shape
    assert torch.equal(x, torch.ones(shape))


def test_strided_inputs_work():
    torch.manual_seed(0)
    x = torch.arange(1.0, 13.0).view(3, 4).T
    output = Dropout(0.5)(x)
    torch.testing.assert_close(output, torch.where(output != 0, 2 * x, 0.0))


def test_evaluation_and_p_of_zero_change_nothing():
    x = torch.randn(5)
    assert torch.equal(Dropout(0.5).eval()(x), x)
    assert torch.equal(Dropout(0.0)(x), x)


@pytest.mark.parametrize("p", [1.0, 0.999])
def test_a_p_that_rounds_to_one_is_that_of_torch(p):
    torch.manual_seed(0)
    output = Dropout(p)(torch.ones(10_000))
    torch.manual_seed(0)
    assert torch.equal(output, torch.nn.Dropout(p)(torch.ones(10_000)))


def test_it_works_in_place_on_the_meta_device_and_compiled():
    x = torch.ones(100)
    assert Dropout(0.5, inplace=True)(x) is x
    assert Dropout(0.5)(torch.ones(3, device="meta")).is_meta
    compiled = torch.compile(Dropout(0.5), fullgraph=True, backend="aot_eager")
    assert set(compiled(torch.ones(100)).unique().tolist()) == {0.0, 2.0}


@pytest.mark.parametrize("p", [-0.1, 1.1])
def test_impossible_probabilities_are_refused(p):
    with pytest.raises(ValueError, match="between 0 and 1"):
        Dropout(p)
