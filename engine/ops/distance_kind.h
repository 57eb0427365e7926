// The distances of engine/ops/distance.h by name, so that settings need not include tensors.
#pragma once

namespace intertwiner {

enum class Distance { l2, l1, kl, mean_kl };

}  // namespace intertwiner
