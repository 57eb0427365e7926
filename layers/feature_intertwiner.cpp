#include "layers/feature_intertwiner.h"

#include "engine/ops/activations.h"

namespace intertwiner {
namespace {

bool is_divergence(Distance d) { return d == Distance::kl || d == Distance::mean_kl; }

FeatureIntertwinerOptions checked(const FeatureIntertwinerOptions& o) {
  for (const auto& [name, value] :
       {std::pair("classes", o.classes), std::pair("channels", o.channels), std::pair("side", o.side),
        std::pair("hidden", o.hidden), std::pair("width", o.width)})
    if (value < 1)
      throw UserError(std::string("FeatureIntertwiner: ") + name + " is " + std::to_string(value) +
                      "; it must be at least 1");
  if (o.history.kind == BufferKind::window && o.history.window < 1)
    throw UserError("FeatureIntertwiner: the window of its history is " + std::to_string(o.history.window) +
                    "; it must be at least 1");
  return o;
}

int64_t compared_width(const FeatureIntertwinerOptions& o) {
  return o.networks ? o.width : o.side * o.side * o.channels;
}

/// Vectors as maps of one pixel.
Variable as_maps(const Variable& features, const FeatureIntertwinerOptions& o) {
  const Shape maps = {features.dim(0), o.side, o.side, o.channels};
  const bool vectors = o.side == 1 && features.shape() == Shape{features.dim(0), o.channels};
  if (!vectors && features.shape() != maps)
    throw UserError("FeatureIntertwiner: features are " + to_string(features.shape()) + ", and should be " +
                    to_string(maps) + (o.side == 1 ? " or vectors " + to_string({maps[0], maps[3]}) : ""));
  return vectors ? reshape(features, maps) : features;
}

Variable as_rows(const Variable& maps, int64_t width) { return reshape(maps, {maps.dim(0), width}); }

void require_labels(const FeatureSet& set, int64_t classes, const std::string& name) {
  if (set.labels.size() != set.features.dim(0))
    throw UserError("FeatureIntertwiner: " + std::to_string(set.labels.size()) + " labels for " +
                    std::to_string(set.features.dim(0)) + " " + name + " features; give one each");
  const Tensor labels = set.labels.to(Device::cpu);
  for (int64_t i = 0; i < labels.size(); ++i) {
    const int32_t label = labels.data<int32_t>()[i];
    if (label < -1 || label >= classes)
      throw UserError("FeatureIntertwiner: label " + std::to_string(label) + " of " + name + " sample " +
                      std::to_string(i) + "; give 0 to " + std::to_string(classes - 1) + ", or -1 for none");
  }
}

}  // namespace

FeatureIntertwiner::FeatureIntertwiner(const Scope& scope, const FeatureIntertwinerOptions& options)
    : options_(checked(options)), buffer_(scope / "buffer", options.classes, compared_width(options), options.history) {
  if (!options.networks) return;
  make_up_.emplace(scope / "make_up", options.channels, options.side);
  critic_.emplace(scope / "critic", CriticShape{.channels = options.channels,
                                                .hidden = options.hidden,
                                                .features = options.width,
                                                .third = options.third,
                                                .softmax = is_divergence(options.comparison.distance),
                                                .side = options.side});
}

Variable FeatureIntertwiner::refine(const Variable& less_reliable, Pass pass) const {
  const Variable maps = as_maps(less_reliable, options_);
  if (!options_.networks) return as_rows(maps, compared_width(options_));
  if (maps.dim(0) == 0) return Variable(Tensor::empty({0, options_.width}, maps.dtype(), maps.device()));
  return (*critic_)((*make_up_)(maps, pass), pass);
}

Variable FeatureIntertwiner::loss(const FeatureSet& reliable, const FeatureSet& refined) const {
  require_labels(reliable, options_.classes, "reliable");
  require_labels(refined, options_.classes, "refined");
  const int64_t width = compared_width(options_);
  if (refined.features.shape() != Shape{refined.features.dim(0), width})
    throw UserError("FeatureIntertwiner: refined features are " + to_string(refined.features.shape()) +
                    ", and should be N×" + std::to_string(width) + "; give what `refine` returned");
  const Variable maps = as_maps(reliable.features, options_);
  std::optional<NoGradient> no_gradient;  // only the buffer reads them
  if (!options_.comparison.buffer_gradient) no_gradient.emplace();
  Variable features;
  if (maps.dim(0) == 0)
    features = Variable(Tensor::empty({0, width}, maps.dtype(), maps.device()));
  else if (options_.networks)
    features = (*critic_)(maps, {Pass::training, false});  // `refine` alone moves the running statistics
  else
    features = as_rows(maps, width);
  no_gradient.reset();
  return intertwiner_loss(buffer_, {features, reliable.labels}, refined, options_.comparison);
}

}  // namespace intertwiner
