"""How an answer of the reference is written down: plain tensors, numbers and names."""

import itertools

import torch

NUMBER = itertools.count()


def perturb(module):
    """Moves every parameter off its initial value, so that no two are alike by chance."""
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return module


def plain(value):
    """A copy without history."""
    if isinstance(value, torch.Tensor):
        return value.detach().clone()
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    return value


def leaves(inputs):
    """The float tensors of the inputs that gradients are taken for, by path."""
    found = {}
    for name, value in inputs.items():
        if isinstance(value, dict):
            found.update({f"{name}.{path}": leaf for path, leaf in leaves(value).items()})
        elif isinstance(value, torch.Tensor) and value.is_floating_point() and "mask" not in name:
            found[name] = value
    return found


def case(component, label, **content):
    return {"component": component, "label": f"{next(NUMBER)} {label}", **plain(content)}


def module_case(component, label, module, inputs, settings, real=None, call=None):
    """Output and gradients of a module, at the real positions where `real` (B, L) is given."""
    weights = plain(module.state_dict())
    given, inputs = inputs, plain(inputs)
    sources = leaves(inputs)
    for leaf in sources.values():
        leaf.requires_grad_()
    output = module(**inputs) if call is None else call(module, inputs)
    chosen = output if real is None else output[real]
    cotangent = torch.randn_like(chosen)
    gradients = {}
    if chosen.requires_grad:
        (chosen * cotangent).sum().backward()
        gradients = gradients_of(module)
    return case(
        component,
        label,
        settings=settings,
        training=module.training,
        weights=weights,
        inputs=given,
        real=real,
        output=chosen,
        cotangent=cotangent,
        gradients=gradients,
        input_gradients={
            name: leaf.grad for name, leaf in sources.items() if leaf.grad is not None
        },
    )


def gradients_of(module):
    named = module.named_parameters()
    return {name: each.grad.clone() for name, each in named if each.grad is not None}
