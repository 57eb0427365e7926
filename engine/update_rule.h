// How an optimiser changes the parameters (optimiser.h).
#pragma once

namespace intertwiner {

enum class UpdateRule { sgd, adamw };

}  // namespace intertwiner
