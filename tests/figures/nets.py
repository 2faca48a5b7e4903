"""Real architectures whose graphs many figures are drawn from."""

from tests.real_graphs import graph_of as graph

__all__ = ["NETS", "graph"]

NETS = (
    "alexnet",
    "vgg16",
    "resnet18",
    "resnet50",
    "resnext50_32x4d",
    "densenet121",
    "inception_v3",
    "googlenet",
    "squeezenet1_0",
    "mobilenet_v2",
    "mobilenet_v3_small",
    "efficientnet_b0",
    "shufflenet_v2_x1_0",
    "regnet_y_400mf",
    "convnext_tiny",
    "swin_t",
    "vit_b_16",
    "cifar_resnet56",
    "cifar_plain20",
    "residual_mlp10",
    "timm/hrnet_w18_small",
    "timm/resnest269e",
)
"""From 40 operations to 2,699, with and without skips, chains and not, maps and vectors."""
