"""VGG-16: Simonyan and Zisserman, "Very Deep Convolutional Networks", 2014, table 1, configuration D."""

from __future__ import annotations

from torch import Tensor, nn

_STAGES = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))


class VGG16(nn.Module):
    """Thirteen 3×3 convolutions in five stages, each ended by a pooling, then three linear layers.

    The first linear layer is sized for 7×7 positions, hence for images of 224×224.
    """

    def __init__(self, num_classes: int = 1000) -> None:
        super().__init__()
        self.features = nn.Sequential()
        channels = 3
        for number, widths in enumerate(_STAGES, start=1):
            self.features.add_module(f"stage{number}", _stage(channels, widths))
            channels = widths[-1]
        self.classifier = nn.Sequential(
            nn.Linear(512 * 7 * 7, 4096),
            nn.ReLU(inplace=True),
            nn.Dropout(),
            nn.Linear(4096, 4096),
            nn.ReLU(inplace=True),
            nn.Dropout(),
            nn.Linear(4096, num_classes),
        )

    def forward(self, images: Tensor) -> Tensor:
        features: Tensor = self.features(images)
        scores: Tensor = self.classifier(features.flatten(1))
        return scores


def _stage(channels: int, widths: tuple[int, ...]) -> nn.Sequential:
    layers: list[nn.Module] = []
    for width in widths:
        layers += [nn.Conv2d(channels, width, kernel_size=3, padding=1), nn.ReLU(inplace=True)]
        channels = width
    return nn.Sequential(*layers, nn.MaxPool2d(2))
