#include "detector/model/intertwiner.h"

#include "detector/model/levels.h"
#include "engine/gradient_probe.h"
#include "engine/ops/activations.h"
#include "engine/ops/losses.h"
#include "engine/ops/pooling.h"
#include "engine/ops/roi_align.h"

namespace intertwiner {
namespace {

constexpr int64_t kLevels = kCoarsestLevel - kFinestLevel + 1;

BufferHistory history_of(const IntertwinerSettings& s) {
  switch (s.buffer) {
    case BufferKind::all:
      return {};
    case BufferKind::decayed:
      return {s.buffer, s.buffer_decay, 1};
    case BufferKind::window:
      if (s.buffer_window > 0) return {s.buffer, 1, s.buffer_window};
      throw UserError("buffer-window: 0 means one epoch, but only training has epochs; give the number of iterations");
  }
  throw InternalError("unknown kind of buffer");
}

AlignmentOptions alignment_of(const IntertwinerSettings& s) {
  return {s.alignment, {s.sinkhorn_epsilon, s.sinkhorn_iterations, s.sinkhorn_gradient == SinkhornGradient::through}};
}

/// The rows of the class buffer (table 2e): one buffer for all levels, or one for each of levels 2 to 4. Level 5 has no
/// larger regions, so it uses level 2's buffer or is left out.
BufferLayout layout_of(const IntertwinerSettings& s, int64_t classes) {
  return {.classes = classes,
          .buffers = s.buffers == Sharing::per_level ? kLevels - 1 : 1,
          .left_out_level = s.compare_last_level ? -1 : kLevels - 1};
}

/// `scope` for a layer that all levels share, or one scope in it for each level.
std::vector<Scope> scopes_of(const Scope& scope, bool per_level) {
  if (!per_level) return {scope};
  std::vector<Scope> scopes;
  for (int64_t l = kFinestLevel; l <= kCoarsestLevel; ++l) scopes.push_back(scope / std::to_string(l));
  return scopes;
}

}  // namespace

Intertwiner::Intertwiner(const Scope& scope, const Settings& settings, int64_t classes)
    : model_(settings.model),
      settings_(settings.intertwiner),
      scales_(level_scales(settings.model)),
      buffer_layout_(layout_of(settings_, classes)) {
  const bool per_level = model_.intertwiner_layers == Sharing::per_level;
  for (const Scope& level : scopes_of(scope / "make_up", per_level)) make_up_.emplace_back(level, model_.channels);
  if (model_.intertwiner_parts == IntertwinerParts::make_up) return;

  const CriticShape critic{model_.channels, model_.critic_features, model_.head_features,
                           model_.critic_convolutions == 3,
                           settings_.loss == Distance::kl || settings_.loss == Distance::mean_kl};
  for (const Scope& level : scopes_of(scope / "critic", per_level)) critic_.emplace_back(level, critic);
  if (model_.intertwiner_parts == IntertwinerParts::without_loss) return;

  buffer_.emplace(scope / "buffer", buffer_layout_.buffers * classes, model_.head_features, history_of(settings_));
  if (settings_.large_class_factor > 0)
    large_classifier_.emplace(scope / "large_classes", model_.head_features, classes);
  const bool aligned = model_.large_source == LargeSourceKind::aligned;
  for (int64_t l = kFinestLevel; l < kCoarsestLevel; ++l) {
    const std::string name = std::to_string(l);
    if (aligned || model_.large_source == LargeSourceKind::network)
      upsamplers_.emplace_back(scope / "upsample" / name, model_.channels, model_.channels);
    if (aligned) alignments_.emplace_back(scope / "ot_critic" / name, model_.channels, alignment_of(settings_));
  }
}

Intertwiner::SmallSet Intertwiner::small_set(const Variable& regions, const RowLevels& levels, Pass pass) const {
  const Variable made_up = probed(by_level(regions, levels, make_up_.size(),
                                           [&](size_t l, const Variable& rows, const Tensor& valid_count) {
                                             return make_up_[l](rows, {pass, true, valid_count});
                                           }),
                                  "make_up");
  SmallSet set{mean_pool2x2(model_.head_input == HeadInput::make_up ? made_up : regions), {}, {}};
  const bool merges = model_.merge != Merge::separate;
  if (!critic_.empty() && (merges || pass == Pass::training))
    set.features = probed(critic_[0].squash(critic_raw(made_up, levels, pass, true)), "critic");
  if (merges) set.merged = set.features;
  regions.release();
  made_up.release();
  return set;
}

IntertwinerLosses Intertwiner::losses(std::span<const Variable> pyramid, const RegionSamples& samples,
                                      const Variable& small) const {
  if (!buffer_) return {};
  LargeSource source = large_source(pyramid);
  const LargeFeatures large = large_features(source, samples);
  std::vector<Variable> neighbours;
  for (size_t l = 0; l < alignments_.size(); ++l) neighbours.push_back(source.map(l, l + 1));
  source = {};  // frees all maps except the neighbours, which are still needed

  IntertwinerLosses losses;
  losses.intertwiner = intertwiner_loss(*buffer_, {large.features, large.buffer_rows},
                                        {small, buffer_rows(samples.labels, samples.regions.level, buffer_layout_)},
                                        {settings_.loss, settings_.buffer_gradient});
  if (large_classifier_)
    losses.large_classes = large.labels.size() > 0
                               ? softmax_cross_entropy((*large_classifier_)(large.raw), large.labels)
                               : Variable(Tensor::zeros({1}, small.dtype(), small.device()));
  if (!alignments_.empty()) losses.alignment = alignment_loss(pyramid, neighbours);
  return losses;
}

bool Intertwiner::large_gradients() const { return settings_.buffer_gradient || large_classifier_; }

LargeSource Intertwiner::large_source(std::span<const Variable> pyramid) const {
  const auto by_network = [&](size_t l, const Variable& coarse, int64_t height, int64_t width) {
    return upsamplers_[l](coarse, height, width, Pass::training);
  };
  const auto bilinear = [](size_t, const Variable& coarse, int64_t height, int64_t width) {
    return resize_bilinear(coarse, height, width);
  };
  switch (model_.large_source) {
    case LargeSourceKind::same:
      return same_source(pyramid, scales_);
    case LargeSourceKind::higher:
      return higher_source(pyramid, scales_);
    case LargeSourceKind::bilinear:
      return upsampled_source(pyramid, scales_, bilinear, large_gradients());
    case LargeSourceKind::network:
    case LargeSourceKind::aligned:
      return upsampled_source(pyramid, scales_, by_network, large_gradients());
  }
  throw InternalError("unknown large source");
}

Intertwiner::LargeFeatures Intertwiner::large_features(const LargeSource& source, const RegionSamples& samples) const {
  std::optional<NoGradient> no_gradient;
  if (!large_gradients()) no_gradient.emplace();
  const LargeSet large = large_set(samples, source.map_of_pair, settings_.large_set == LargeSetRegions::all);
  const Tensor foreground = foreground_labels(large.labels);
  if (large.labels.size() == 0) {
    const Variable none(
        Tensor::empty({0, model_.head_features}, compute_type(source.maps[0].dtype()), foreground.device()));
    return {none, none, foreground, foreground};
  }
  const Variable pooled = roi_align(
      source.maps, {large.boxes, large.image, large.map},
      {.scales = source.scales, .output_size = kRegionSide, .aligned = model_.roi_offset == RoiOffset::half_pixel});
  const Variable raw = critic_raw(pooled, {large.level, large.valid_count}, Pass::training,
                                  settings_.running_statistics == RunningStatistics::both);
  return {raw, critic_[0].squash(raw), buffer_rows(large.labels, large.level, buffer_layout_), foreground};
}

Variable Intertwiner::critic_raw(const Variable& regions, const RowLevels& levels, Pass pass, bool update) const {
  return by_level(regions, levels, critic_.size(), [&](size_t l, const Variable& rows, const Tensor& valid_count) {
    return critic_[l].raw(rows, {pass, update, valid_count});
  });
}

Variable Intertwiner::alignment_loss(std::span<const Variable> pyramid, std::span<const Variable> neighbours) const {
  std::vector<Variable> losses;
  for (size_t l = 0; l < alignments_.size(); ++l) {
    losses.push_back(alignments_[l](pyramid[l], neighbours[l]));
    neighbours[l].release();
  }
  return weighted_sum(losses, std::vector<double>(losses.size(), 1.0));
}

}  // namespace intertwiner
