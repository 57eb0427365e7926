#include "layers/intertwiner_loss.h"

namespace intertwiner {

Variable intertwiner_loss(const ClassBuffer& buffer, const FeatureSet& reliable, const FeatureSet& less_reliable,
                          const Comparison& comparison) {
  buffer.add(reliable.features.value(), reliable.labels);
  const Variable representatives = comparison.buffer_gradient
                                       ? buffer.representatives(reliable.features, reliable.labels)
                                       : Variable(buffer.representatives(less_reliable.features.dtype()));
  return mean_distance(less_reliable.features, buffer.comparable(less_reliable.labels), representatives,
                       comparison.distance);
}

}  // namespace intertwiner
