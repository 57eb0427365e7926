// The distances of engine/ops/distance.h by name: settings name them without including any tensor.
#pragma once

namespace intertwiner {

enum class Distance { l2, l1, kl, mean_kl };

}  // namespace intertwiner
