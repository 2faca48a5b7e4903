"""The families' papers: a table kept by hand.

The year is that of the paper's first publication. A family without an entry has no paper that we know of;
nothing is guessed.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Paper:
    """A family's paper: the year it first appeared, its title, where to read it."""

    year: int
    title: str
    url: str


def _arxiv(number: str, title: str) -> Paper:
    return Paper(2000 + int(number[:2]), title, f"https://arxiv.org/abs/{number}")


PAPERS: dict[str, Paper] = {
    "AlexNet": Paper(
        2012,
        "ImageNet Classification with Deep Convolutional Neural Networks",
        "https://papers.nips.cc/paper/4824-imagenet-classification-with-deep-convolutional-neural-networks",
    ),
    "AIMv2": _arxiv("2411.14402", "Multimodal Autoregressive Pre-training of Large Vision Encoders"),
    "BEiT": _arxiv("2106.08254", "BEiT: BERT Pre-Training of Image Transformers"),
    "BEiT v2": _arxiv("2208.06366", "BEiT v2: Masked Image Modeling with Vector-Quantized Visual Tokenizers"),
    "BEiT-3": _arxiv(
        "2208.10442",
        "Image as a Foreign Language: BEiT Pretraining for All Vision and Vision-Language Tasks",
    ),
    "BiT": _arxiv("1912.11370", "Big Transfer (BiT): General Visual Representation Learning"),
    "BoTNet": _arxiv("2101.11605", "Bottleneck Transformers for Visual Recognition"),
    "CaiT": _arxiv("2103.17239", "Going deeper with Image Transformers"),
    "CLIP": _arxiv("2103.00020", "Learning Transferable Visual Models From Natural Language Supervision"),
    "CoaT": _arxiv("2104.06399", "Co-Scale Conv-Attentional Image Transformers"),
    "CoAtNet": _arxiv("2106.04803", "CoAtNet: Marrying Convolution and Attention for All Data Sizes"),
    "ConViT": _arxiv(
        "2103.10697", "ConViT: Improving Vision Transformers with Soft Convolutional Inductive Biases"
    ),
    "ConvMixer": _arxiv("2201.09792", "Patches Are All You Need?"),
    "ConvNeXt": _arxiv("2201.03545", "A ConvNet for the 2020s"),
    "ConvNeXt V2": _arxiv(
        "2301.00808", "ConvNeXt V2: Co-designing and Scaling ConvNets with Masked Autoencoders"
    ),
    "CPUBone": _arxiv(
        "2603.26425",
        "CPUBone: Efficient Vision Backbone Design for Devices with Low Parallelization Capabilities",
    ),
    "CrossViT": _arxiv(
        "2103.14899",
        "CrossViT: Cross-Attention Multi-Scale Vision Transformer for Image Classification",
    ),
    "CSPNet": _arxiv("1911.11929", "CSPNet: A New Backbone that can Enhance Learning Capability of CNN"),
    "CSPNeXt": _arxiv("2212.07784", "RTMDet: An Empirical Study of Designing Real-Time Object Detectors"),
    "Darknet": _arxiv("1804.02767", "YOLOv3: An Incremental Improvement"),
    "DaViT": _arxiv("2204.03645", "DaViT: Dual Attention Vision Transformers"),
    "DeiT": _arxiv(
        "2012.12877", "Training data-efficient image transformers & distillation through attention"
    ),
    "DeiT III": _arxiv("2204.07118", "DeiT III: Revenge of the ViT"),
    "DenseNet": _arxiv("1608.06993", "Densely Connected Convolutional Networks"),
    "DINOv2": _arxiv("2304.07193", "DINOv2: Learning Robust Visual Features without Supervision"),
    "DINOv3": _arxiv("2508.10104", "DINOv3"),
    "DLA": _arxiv("1707.06484", "Deep Layer Aggregation"),
    "DPN": _arxiv("1707.01629", "Dual Path Networks"),
    "ECA-Net": _arxiv(
        "1910.03151", "ECA-Net: Efficient Channel Attention for Deep Convolutional Neural Networks"
    ),
    "EdgeNeXt": _arxiv(
        "2206.10589",
        "EdgeNeXt: Efficiently Amalgamated CNN-Transformer Architecture for Mobile Vision Applications",
    ),
    "EfficientFormer": _arxiv("2206.01191", "EfficientFormer: Vision Transformers at MobileNet Speed"),
    "EfficientFormerV2": _arxiv("2212.08059", "Rethinking Vision Transformers for MobileNet Size and Speed"),
    "EfficientNet": _arxiv(
        "1905.11946", "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks"
    ),
    "EfficientNetV2": _arxiv("2104.00298", "EfficientNetV2: Smaller Models and Faster Training"),
    "EfficientViM": _arxiv(
        "2411.15241",
        "EfficientViM: Efficient Vision Mamba with Hidden State Mixer based State Space Duality",
    ),
    "EfficientViT (MIT)": _arxiv(
        "2205.14756", "EfficientViT: Multi-Scale Linear Attention for High-Resolution Dense Prediction"
    ),
    "EfficientViT (MSRA)": _arxiv(
        "2305.07027",
        "EfficientViT: Memory Efficient Vision Transformer with Cascaded Group Attention",
    ),
    "EVA": _arxiv(
        "2211.07636", "EVA: Exploring the Limits of Masked Visual Representation Learning at Scale"
    ),
    "EVA-02": _arxiv("2303.11331", "EVA-02: A Visual Representation for Neon Genesis"),
    "FasterNet": _arxiv("2303.03667", "Run, Don't Walk: Chasing Higher FLOPS for Faster Neural Networks"),
    "FastViT": _arxiv(
        "2303.14189", "FastViT: A Fast Hybrid Vision Transformer using Structural Reparameterization"
    ),
    "FBNet": _arxiv(
        "1812.03443",
        "FBNet: Hardware-Aware Efficient ConvNet Design via Differentiable Neural Architecture Search",
    ),
    "FBNetV3": _arxiv("2006.02049", "FBNetV3: Joint Architecture-Recipe Search using Predictor Pretraining"),
    "FlexiViT": _arxiv("2212.08013", "FlexiViT: One Model for All Patch Sizes"),
    "FocalNet": _arxiv("2203.11926", "Focal Modulation Networks"),
    "GCViT": _arxiv("2206.09959", "Global Context Vision Transformers"),
    "Gemma 4 vision": _arxiv("2607.02770", "Gemma 4 Technical Report"),
    "GENet": _arxiv("2006.14090", "Neural Architecture Design for GPU-Efficient Networks"),
    "GhostNet": _arxiv("1911.11907", "GhostNet: More Features from Cheap Operations"),
    "GhostNetV2": _arxiv("2211.12905", "GhostNetV2: Enhance Cheap Operation with Long-Range Attention"),
    "GhostNetV3": _arxiv("2404.11202", "GhostNetV3: Exploring the Training Strategies for Compact Models"),
    "gMLP": _arxiv("2105.08050", "Pay Attention to MLPs"),
    "GoogLeNet": _arxiv("1409.4842", "Going Deeper with Convolutions"),
    "HaloNet": _arxiv("2103.12731", "Scaling Local Self-Attention for Parameter Efficient Visual Backbones"),
    "HardCoRe-NAS": _arxiv(
        "2102.11646", "HardCoRe-NAS: Hard Constrained diffeRentiable Neural Architecture Search"
    ),
    "Hiera": _arxiv("2306.00989", "Hiera: A Hierarchical Vision Transformer without the Bells-and-Whistles"),
    "HRNet": _arxiv("1908.07919", "Deep High-Resolution Representation Learning for Visual Recognition"),
    "iFormer": _arxiv("2501.15369", "iFormer: Integrating ConvNet and Transformer for Mobile Application"),
    "Inception-v3": _arxiv("1512.00567", "Rethinking the Inception Architecture for Computer Vision"),
    "Inception-v4": _arxiv(
        "1602.07261",
        "Inception-v4, Inception-ResNet and the Impact of Residual Connections on Learning",
    ),
    "InceptionNeXt": _arxiv("2303.16900", "InceptionNeXt: When Inception Meets ConvNeXt"),
    "LambdaNetworks": _arxiv(
        "2102.08602", "LambdaNetworks: Modeling Long-Range Interactions Without Attention"
    ),
    "LCNet": _arxiv("2109.15099", "PP-LCNet: A Lightweight CPU Convolutional Neural Network"),
    "LeViT": _arxiv("2104.01136", "LeViT: a Vision Transformer in ConvNet's Clothing for Faster Inference"),
    "LowFormer": _arxiv(
        "2409.03460",
        "LowFormer: Hardware Efficient Design for Convolutional Transformer Backbones",
    ),
    "MambaOut": _arxiv("2405.07992", "MambaOut: Do We Really Need Mamba for Vision?"),
    "MaxViT": _arxiv("2204.01697", "MaxViT: Multi-Axis Vision Transformer"),
    "MetaFormer": _arxiv("2210.13452", "MetaFormer Baselines for Vision"),
    "MixNet": _arxiv("1907.09595", "MixConv: Mixed Depthwise Convolutional Kernels"),
    "MLP-Mixer": _arxiv("2105.01601", "MLP-Mixer: An all-MLP Architecture for Vision"),
    "MNASNet": _arxiv("1807.11626", "MnasNet: Platform-Aware Neural Architecture Search for Mobile"),
    "MobileNet": _arxiv(
        "1704.04861",
        "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision Applications",
    ),
    "MobileNetV2": _arxiv("1801.04381", "MobileNetV2: Inverted Residuals and Linear Bottlenecks"),
    "MobileNetV3": _arxiv("1905.02244", "Searching for MobileNetV3"),
    "MobileNetV4": _arxiv("2404.10518", "MobileNetV4: Universal Models for the Mobile Ecosystem"),
    "MobileOne": _arxiv("2206.04040", "MobileOne: An Improved One millisecond Mobile Backbone"),
    "MobileViT": _arxiv(
        "2110.02178", "MobileViT: Light-weight, General-purpose, and Mobile-friendly Vision Transformer"
    ),
    "MobileViTv2": _arxiv("2206.02680", "Separable Self-attention for Mobile Vision Transformers"),
    "MViTv2": _arxiv(
        "2112.01526", "MViTv2: Improved Multiscale Vision Transformers for Classification and Detection"
    ),
    "NASNet": _arxiv("1707.07012", "Learning Transferable Architectures for Scalable Image Recognition"),
    "NesT": _arxiv(
        "2105.12723",
        "Nested Hierarchical Transformer: "
        "Towards Accurate, Data-Efficient and Interpretable Visual Understanding",
    ),
    "Next-ViT": _arxiv(
        "2207.05501",
        "Next-ViT: Next Generation Vision Transformer "
        "for Efficient Deployment in Realistic Industrial Scenarios",
    ),
    "NF-ResNet": _arxiv(
        "2101.08692",
        "Characterizing signal propagation to close the performance gap in unnormalized ResNets",
    ),
    "NFNet": _arxiv("2102.06171", "High-Performance Large-Scale Image Recognition Without Normalization"),
    "Perception Encoder": _arxiv(
        "2504.13181",
        "Perception Encoder: The best visual embeddings are not at the output of the network",
    ),
    "PiT": _arxiv("2103.16302", "Rethinking Spatial Dimensions of Vision Transformers"),
    "PNASNet": _arxiv("1712.00559", "Progressive Neural Architecture Search"),
    "PoolFormer": _arxiv("2111.11418", "MetaFormer Is Actually What You Need for Vision"),
    "PVT v2": _arxiv("2106.13797", "PVT v2: Improved Baselines with Pyramid Vision Transformer"),
    "RDNet": _arxiv("2403.19588", "DenseNets Reloaded: Paradigm Shift Beyond ResNets and ViTs"),
    "RegNet": _arxiv("2003.13678", "Designing Network Design Spaces"),
    "RepGhost": _arxiv("2211.06088", "RepGhost: A Hardware-Efficient Ghost Module via Re-parameterization"),
    "RepVGG": _arxiv("2101.03697", "RepVGG: Making VGG-style ConvNets Great Again"),
    "RepViT": _arxiv("2307.09283", "RepViT: Revisiting Mobile CNN From ViT Perspective"),
    "Res2Net": _arxiv("1904.01169", "Res2Net: A New Multi-scale Backbone Architecture"),
    "ResMLP": _arxiv(
        "2105.03404",
        "ResMLP: Feedforward networks for image classification with data-efficient training",
    ),
    "ResNeSt": _arxiv("2004.08955", "ResNeSt: Split-Attention Networks"),
    "ResNet": _arxiv("1512.03385", "Deep Residual Learning for Image Recognition"),
    "ResNet-RS": _arxiv("2103.07579", "Revisiting ResNets: Improved Training and Scaling Strategies"),
    "ResNetV2": _arxiv("1603.05027", "Identity Mappings in Deep Residual Networks"),
    "ResNeXt": _arxiv("1611.05431", "Aggregated Residual Transformations for Deep Neural Networks"),
    "ReXNet": _arxiv("2007.00992", "Rethinking Channel Dimensions for Efficient Model Design"),
    "RoPE-ViT": _arxiv("2403.13298", "Rotary Position Embedding for Vision Transformer"),
    "SAM": _arxiv("2304.02643", "Segment Anything"),
    "SAM 2": _arxiv("2408.00714", "SAM 2: Segment Anything in Images and Videos"),
    "SelecSLS": _arxiv(
        "1907.00837", "XNect: Real-time Multi-Person 3D Motion Capture with a Single RGB Camera"
    ),
    "SENet": _arxiv("1709.01507", "Squeeze-and-Excitation Networks"),
    "Sequencer": _arxiv("2205.01972", "Sequencer: Deep LSTM for Image Classification"),
    "ShuffleNetV2": _arxiv(
        "1807.11164", "ShuffleNet V2: Practical Guidelines for Efficient CNN Architecture Design"
    ),
    "SHViT": _arxiv("2401.16456", "SHViT: Single-Head Vision Transformer with Memory Efficient Macro Design"),
    "SigLIP": _arxiv("2303.15343", "Sigmoid Loss for Language Image Pre-Training"),
    "Single-Path NAS": _arxiv(
        "1904.02877", "Single-Path NAS: Designing Hardware-Efficient ConvNets in less than 4 Hours"
    ),
    "SKNet": _arxiv("1903.06586", "Selective Kernel Networks"),
    "SqueezeNet": _arxiv(
        "1602.07360", "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and <0.5MB model size"
    ),
    "StarNet": _arxiv("2403.19967", "Rewrite the Stars"),
    "SwiftFormer": _arxiv(
        "2303.15446",
        "SwiftFormer: Efficient Additive Attention "
        "for Transformer-based Real-time Mobile Vision Applications",
    ),
    "Swin Transformer": _arxiv(
        "2103.14030", "Swin Transformer: Hierarchical Vision Transformer using Shifted Windows"
    ),
    "Swin Transformer V2": _arxiv("2111.09883", "Swin Transformer V2: Scaling Up Capacity and Resolution"),
    "TinyNet": _arxiv("2010.14819", "Model Rubik's Cube: Twisting Resolution, Depth and Width for TinyNets"),
    "TinyViT": _arxiv("2207.10666", "TinyViT: Fast Pretraining Distillation for Small Vision Transformers"),
    "TNT": _arxiv("2103.00112", "Transformer in Transformer"),
    "TResNet": _arxiv("2003.13630", "TResNet: High Performance GPU-Dedicated Architecture"),
    "Twins": _arxiv("2104.13840", "Twins: Revisiting the Design of Spatial Attention in Vision Transformers"),
    "VGG": _arxiv("1409.1556", "Very Deep Convolutional Networks for Large-Scale Image Recognition"),
    "Visformer": _arxiv("2104.12533", "Visformer: The Vision-friendly Transformer"),
    "Vision Transformer": _arxiv(
        "2010.11929", "An Image is Worth 16x16 Words: Transformers for Image Recognition at Scale"
    ),
    "ViTamin": _arxiv("2404.02132", "ViTamin: Designing Scalable Vision Models in the Vision-Language Era"),
    "VOLO": _arxiv("2106.13112", "VOLO: Vision Outlooker for Visual Recognition"),
    "VoVNet": _arxiv(
        "1904.09730",
        "An Energy and GPU-Computation Efficient Backbone Network for Real-Time Object Detection",
    ),
    "Wide ResNet": _arxiv("1605.07146", "Wide Residual Networks"),
    "XCiT": _arxiv("2106.09681", "XCiT: Cross-Covariance Image Transformers"),
    "Xception": _arxiv("1610.02357", "Xception: Deep Learning with Depthwise Separable Convolutions"),
}
