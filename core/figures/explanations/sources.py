"""The papers that operations and blocks come from: a table kept by hand, years of first publication."""

from __future__ import annotations

from core.figures.explanations.records import Source


def _arxiv(number: str, authors: str, title: str) -> Source:
    return Source(authors, 2000 + int(number[:2]), title, f"https://arxiv.org/abs/{number}")


LENET = Source(
    "LeCun et al.",
    1998,
    "Gradient-Based Learning Applied to Document Recognition",
    "https://doi.org/10.1109/5.726791",
)
ALEXNET = Source(
    "Krizhevsky et al.",
    2012,
    "ImageNet Classification with Deep Convolutional Neural Networks",
    "https://papers.nips.cc/paper/4824-imagenet-classification-with-deep-convolutional-neural-networks",
)
RELU = Source(
    "Nair & Hinton",
    2010,
    "Rectified Linear Units Improve Restricted Boltzmann Machines",
    "https://icml.cc/Conferences/2010/papers/432.pdf",
)
LSTM = Source(
    "Hochreiter & Schmidhuber", 1997, "Long Short-Term Memory", "https://doi.org/10.1162/neco.1997.9.8.1735"
)
BATCH_NORM = _arxiv(
    "1502.03167",
    "Ioffe & Szegedy",
    "Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift",
)
LAYER_NORM = _arxiv("1607.06450", "Ba et al.", "Layer Normalization")
GROUP_NORM = _arxiv("1803.08494", "Wu & He", "Group Normalization")
INSTANCE_NORM = _arxiv(
    "1607.08022", "Ulyanov et al.", "Instance Normalization: The Missing Ingredient for Fast Stylization"
)
RMS_NORM = _arxiv("1910.07467", "Zhang & Sennrich", "Root Mean Square Layer Normalization")
GELU = _arxiv("1606.08415", "Hendrycks & Gimpel", "Gaussian Error Linear Units (GELUs)")
SWISH = _arxiv("1710.05941", "Ramachandran et al.", "Searching for Activation Functions")
ELU = _arxiv(
    "1511.07289",
    "Clevert et al.",
    "Fast and Accurate Deep Network Learning by Exponential Linear Units (ELUs)",
)
SELU = _arxiv("1706.02515", "Klambauer et al.", "Self-Normalizing Neural Networks")
PRELU = _arxiv("1502.01852", "He et al.", "Delving Deep into Rectifiers")
MISH = _arxiv("1908.08681", "Misra", "Mish: A Self Regularized Non-Monotonic Activation Function")
DROPOUT = _arxiv(
    "1207.0580",
    "Hinton et al.",
    "Improving neural networks by preventing co-adaptation of feature detectors",
)
STOCHASTIC_DEPTH = _arxiv("1603.09382", "Huang et al.", "Deep Networks with Stochastic Depth")
ATTENTION = _arxiv("1706.03762", "Vaswani et al.", "Attention Is All You Need")
PIXEL_SHUFFLE = _arxiv(
    "1609.05158",
    "Shi et al.",
    "Real-Time Single Image and Video Super-Resolution Using an Efficient Sub-Pixel Convolutional Neural Network",
)
NETWORK_IN_NETWORK = _arxiv("1312.4400", "Lin et al.", "Network In Network")
VGG = _arxiv(
    "1409.1556",
    "Simonyan & Zisserman",
    "Very Deep Convolutional Networks for Large-Scale Image Recognition",
)
GOOGLENET = _arxiv("1409.4842", "Szegedy et al.", "Going Deeper with Convolutions")
INCEPTION = _arxiv(
    "1512.00567", "Szegedy et al.", "Rethinking the Inception Architecture for Computer Vision"
)
RESNET = _arxiv("1512.03385", "He et al.", "Deep Residual Learning for Image Recognition")
PRE_ACTIVATION = _arxiv("1603.05027", "He et al.", "Identity Mappings in Deep Residual Networks")
RESNEXT = _arxiv("1611.05431", "Xie et al.", "Aggregated Residual Transformations for Deep Neural Networks")
SQUEEZENET = _arxiv(
    "1602.07360",
    "Iandola et al.",
    "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and <0.5MB model size",
)
DENSENET = _arxiv("1608.06993", "Huang et al.", "Densely Connected Convolutional Networks")
XCEPTION = _arxiv("1610.02357", "Chollet", "Xception: Deep Learning with Depthwise Separable Convolutions")
MOBILENET = _arxiv(
    "1704.04861",
    "Howard et al.",
    "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision Applications",
)
MOBILENET_V2 = _arxiv(
    "1801.04381", "Sandler et al.", "MobileNetV2: Inverted Residuals and Linear Bottlenecks"
)
MOBILENET_V3 = _arxiv("1905.02244", "Howard et al.", "Searching for MobileNetV3")
EFFICIENTNET_V2 = _arxiv("2104.00298", "Tan & Le", "EfficientNetV2: Smaller Models and Faster Training")
SQUEEZE_EXCITE = _arxiv("1709.01507", "Hu et al.", "Squeeze-and-Excitation Networks")
SHUFFLENET = _arxiv(
    "1707.01083",
    "Zhang et al.",
    "ShuffleNet: An Extremely Efficient Convolutional Neural Network for Mobile Devices",
)
SHUFFLENET_V2 = _arxiv(
    "1807.11164",
    "Ma et al.",
    "ShuffleNet V2: Practical Guidelines for Efficient CNN Architecture Design",
)
VIT = _arxiv(
    "2010.11929",
    "Dosovitskiy et al.",
    "An Image is Worth 16x16 Words: Transformers for Image Recognition at Scale",
)
SWIN = _arxiv(
    "2103.14030", "Liu et al.", "Swin Transformer: Hierarchical Vision Transformer using Shifted Windows"
)
MAXVIT = _arxiv("2204.01697", "Tu et al.", "MaxViT: Multi-Axis Vision Transformer")
CONVNEXT = _arxiv("2201.03545", "Liu et al.", "A ConvNet for the 2020s")
GRN = _arxiv(
    "2301.00808", "Woo et al.", "ConvNeXt V2: Co-designing and Scaling ConvNets with Masked Autoencoders"
)
ARITHMETIC = _arxiv("1603.07285", "Dumoulin & Visin", "A guide to convolution arithmetic for deep learning")
DILATION = _arxiv("1511.07122", "Yu & Koltun", "Multi-Scale Context Aggregation by Dilated Convolutions")
