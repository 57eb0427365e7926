// The kinds that some layers come in, as enumerations alone: settings name them without including any tensor.
#pragma once

namespace intertwiner {

/// The network that turns an image into maps (layers/networks/backbone.h).
enum class Body { resnet18, resnet34, resnet50, resnet101, resnet152, vgg16 };

/// Which features a class buffer's representative is the mean of (layers/class_buffer.h).
enum class BufferKind { all, decayed, window };

/// How a level and the map brought down to it are made alike (layers/alignment.h).
enum class AlignmentKind { ot, ot_debiased, l2, kl };

}  // namespace intertwiner
