"""What is printed of timm's architectures elsewhere, under the heading of FLOPs, in GMACs."""

from __future__ import annotations

from itertools import chain

# torchvision's name of the same architecture, whose default weights are of the same size.
TORCHVISION = {
    **{f"resnet{depth}": f"resnet{depth}" for depth in (18, 34, 50, 101, 152)},
    **{f"vgg{depth}{bn}": f"vgg{depth}{bn}" for depth in (11, 13, 16, 19) for bn in ("", "_bn")},
    **{f"densenet{depth}": f"densenet{depth}" for depth in (121, 161, 169, 201)},
    **{f"convnext_{size}": f"convnext_{size}" for size in ("tiny", "small", "base", "large")},
    **{f"tf_efficientnet_b{size}": f"efficientnet_b{size}" for size in (0, 1, 3, 4, 5, 6, 7)},
    "efficientnet_b0": "efficientnet_b0",
    "inception_v3": "inception_v3",
    "mnasnet_050": "mnasnet0_5",
    "mnasnet_075": "mnasnet0_75",
    "mnasnet_100": "mnasnet1_0",
    "mobilenetv2_100": "mobilenet_v2",
    "mobilenetv3_large_100": "mobilenet_v3_large",
    "mobilenetv3_small_100": "mobilenet_v3_small",
    "regnetx_004_tv": "regnet_x_400mf",
    "regnetx_008": "regnet_x_800mf",
    "regnetx_016": "regnet_x_1_6gf",
    "regnetx_032": "regnet_x_3_2gf",
    "regnetx_080": "regnet_x_8gf",
    "regnetx_160": "regnet_x_16gf",
    "regnetx_320": "regnet_x_32gf",
    "regnety_004": "regnet_y_400mf",
    "regnety_008_tv": "regnet_y_800mf",
    "regnety_016": "regnet_y_1_6gf",
    "regnety_032": "regnet_y_3_2gf",
    "regnety_080_tv": "regnet_y_8gf",
    "regnety_160": "regnet_y_16gf",
    "regnety_320": "regnet_y_32gf",
    "resnext50_32x4d": "resnext50_32x4d",
    "resnext101_32x8d": "resnext101_32x8d",
    "resnext101_64x4d": "resnext101_64x4d",
    "swin_tiny_patch4_window7_224": "swin_t",
    "swin_small_patch4_window7_224": "swin_s",
    "swin_base_patch4_window7_224": "swin_b",
    "swinv2_tiny_window8_256": "swin_v2_t",
    "swinv2_small_window8_256": "swin_v2_s",
    "swinv2_base_window8_256": "swin_v2_b",
    "vit_base_patch16_224": "vit_b_16",
    "vit_base_patch32_224": "vit_b_32",
    "vit_large_patch16_224": "vit_l_16",
    "wide_resnet50_2": "wide_resnet50_2",
    "wide_resnet101_2": "wide_resnet101_2",
}

# Whole tables of papers, where timm's default size is the table's.
_SEQUENCER = {"sequencer2d_s": "8.4", "sequencer2d_m": "11.1", "sequencer2d_l": "16.6"}  # arXiv:2205.01972
_PVT_V2 = {  # arXiv:2106.13797
    "pvt_v2_b0": "0.6",
    "pvt_v2_b1": "2.1",
    "pvt_v2_b2_li": "3.9",
    "pvt_v2_b2": "4.0",
    "pvt_v2_b3": "6.9",
    "pvt_v2_b4": "10.1",
    "pvt_v2_b5": "11.8",
}
_METAFORMER = {  # arXiv:2210.13452
    "convformer_s18": "3.9",
    "convformer_s36": "7.6",
    "convformer_m36": "12.8",
    "convformer_b36": "22.6",
    "caformer_s18": "4.1",
    "caformer_s36": "8.0",
    "caformer_m36": "13.2",
    "caformer_b36": "23.2",
}
_FASTERNET = {  # arXiv:2303.03667
    "fasternet_t0": "0.34",
    "fasternet_t1": "0.85",
    "fasternet_t2": "1.91",
    "fasternet_s": "4.56",
    "fasternet_m": "8.74",
    "fasternet_l": "15.52",
}
_FOCALNET = {  # arXiv:2203.11926
    "focalnet_tiny_srf": "4.4",
    "focalnet_tiny_lrf": "4.5",
    "focalnet_small_srf": "8.6",
    "focalnet_small_lrf": "8.7",
    "focalnet_base_srf": "15.3",
    "focalnet_base_lrf": "15.4",
}
_EFFICIENTVIT = {  # arXiv:2305.07027
    "efficientvit_m0": "0.079",
    "efficientvit_m1": "0.167",
    "efficientvit_m2": "0.201",
    "efficientvit_m3": "0.263",
    "efficientvit_m4": "0.299",
    "efficientvit_m5": "0.522",
}
PAPERS = dict(
    chain.from_iterable(
        table.items() for table in (_SEQUENCER, _PVT_V2, _METAFORMER, _FASTERNET, _FOCALNET, _EFFICIENTVIT)
    )
)

_NORMS = "The paper's count has the normalisations in it: 2 for an element of a batch norm, 5 for one of a layer norm."
_GATES = (
    "The paper's count lies between ours with the normalisations ({}) and ours with the LSTMs' pointwise work too ({})."
)
NOTES = {
    "sequencer2d_s": _GATES.format("8.356", "8.421"),
    "sequencer2d_l": _GATES.format("16.531", "16.661"),
    **dict.fromkeys(("pvt_v2_b5", "fasternet_t2", "fasternet_s", "fasternet_m", "fasternet_l"), _NORMS),
    "focalnet_base_srf": _NORMS,
}
