"""Receptive fields by interval arithmetic over the traced operations; no torch.

Sources of the arithmetic: Araujo, Norris & Sim 2019, "Computing Receptive Fields of Convolutional Neural Networks"
(Distill, doi 10.23915/distill.00021), for chains and unions; Dumoulin & Visin 2016 (arXiv:1603.07285) for paddings and
transposed convolutions. Conventions are those of `core.graph.records.ReceptiveField`.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={"taps": ["Taps", "taps"], "walk": ["with_fields", "without_fields"]},
)
