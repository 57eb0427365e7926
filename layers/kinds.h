// The kinds of some layers, as enumerations, so that settings need not include tensors.
#pragma once

namespace intertwiner {

/// The network that turns an image into maps (layers/networks/backbone.h).
enum class Body { resnet18, resnet34, resnet50, resnet101, resnet152, vgg16 };

/// The features whose mean is a class buffer's representative (layers/class_buffer.h).
enum class BufferKind { all, decayed, window };

/// How a level is aligned with the next coarser one (layers/alignment.h).
enum class AlignmentKind { ot, ot_debiased, l2, kl };

}  // namespace intertwiner
