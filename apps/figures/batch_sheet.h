// A picture of what the network sees in training: the first images of a run as the loader augments them, with boxes and
// class names.
#pragma once
#include <cstdint>

#include "data/batch.h"
#include "detector/settings/settings.h"

namespace intertwiner {

/// Image i of a batch on the host, with its padding: back from normalised floats to bytes.
Image image_of(const Batch& batch, int64_t i);

/// The first `count` images that a run with these settings is trained on, on one sheet. Grey is the normalisation's
/// mean: padding, or what zoom-out and mosaic leave empty. Throws UserError as the loader does.
Image batch_sheet(const DataSetPointer& data, const Settings& settings, int64_t count);

}  // namespace intertwiner
