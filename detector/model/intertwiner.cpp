#include "detector/model/intertwiner.h"

#include "detector/model/levels.h"
#include "engine/backend/loop.h"
#include "engine/kernels/labels.h"
#include "engine/ops/activations.h"
#include "engine/ops/losses.h"
#include "engine/ops/pooling.h"
#include "engine/ops/roi_align.h"

namespace intertwiner {
namespace {

constexpr int32_t kLevels = kCoarsestLevel - kFinestLevel + 1;

Distance distance_named(const std::string& name) {
  if (name == "l1") return Distance::l1;
  if (name == "kl") return Distance::kl;
  if (name == "kl-mean") return Distance::mean_kl;
  return Distance::l2;
}

BufferHistory history_of(const IntertwinerSettings& s) {
  if (s.buffer == "decayed") return {BufferHistory::Kind::decayed, s.buffer_decay, 1};
  if (s.buffer == "window" && s.buffer_window == 0)
    throw UserError("buffer-window: 0 stands for an epoch, which train alone knows; give the number of iterations");
  if (s.buffer == "window") return {BufferHistory::Kind::window, 1, s.buffer_window};
  return {};
}

AlignmentOptions alignment_of(const IntertwinerSettings& s) {
  return {AlignmentOptions::named(s.alignment),
          {s.sinkhorn_epsilon, s.sinkhorn_iterations, s.sinkhorn_gradient == "through"}};
}

/// `scope` for a layer of all levels, or a scope in it for each of them.
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
      classes_(classes),
      distance_(distance_named(settings_.loss)) {
  const bool per_level = model_.intertwiner_layers == "per-level";
  for (const Scope& level : scopes_of(scope / "make_up", per_level)) make_up_.emplace_back(level, model_.channels);
  if (model_.intertwiner_parts == "make-up") return;

  const CriticShape critic{model_.channels, model_.critic_features, model_.head_features,
                           model_.critic_convolutions == 3,
                           distance_ == Distance::kl || distance_ == Distance::mean_kl};
  for (const Scope& level : scopes_of(scope / "critic", per_level)) critic_.emplace_back(level, critic);
  if (model_.intertwiner_parts == "without-loss") return;

  const int64_t buffers = settings_.buffers == "per-level" ? kLevels - 1 : 1;
  buffer_.emplace(scope / "buffer", buffers * classes, model_.head_features, history_of(settings_));
  if (settings_.large_class_factor > 0)
    large_classifier_.emplace(scope / "large_classes", model_.head_features, classes);
  const bool aligned = model_.large_source == "aligned";
  for (int64_t l = kFinestLevel; l < kCoarsestLevel; ++l) {
    const std::string name = std::to_string(l);
    if (aligned || model_.large_source == "network")
      upsamplers_.emplace_back(scope / "upsample" / name, model_.channels, model_.channels);
    if (aligned) alignments_.emplace_back(scope / "ot_critic" / name, model_.channels, alignment_of(settings_));
  }
}

Intertwiner::SmallSet Intertwiner::small_set(const Variable& regions, const RowLevels& levels, Pass pass) const {
  const Variable made_up =
      by_level(regions, levels, make_up_.size(), [&](size_t l, const Variable& rows, const Tensor& count) {
        return make_up_[l](rows, {pass, true, count});
      });
  SmallSet set{mean_pool2x2(model_.head_input == "make-up" ? made_up : regions), {}, {}};
  const bool merges = model_.merge != "separate";
  if (!critic_.empty() && (merges || pass == Pass::training))
    set.features = critic_[0].squash(critic_raw(made_up, levels, pass, true));
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
  source = {};  // of its maps only the neighbours are read again

  IntertwinerLosses losses;
  losses.intertwiner = intertwiner_loss(*buffer_, {large.features, large.rows},
                                        {small, buffer_rows(samples.labels, samples.regions.level)},
                                        {distance_, settings_.buffer_gradient});
  if (large_classifier_)
    losses.large_classes = large.labels.size() > 0
                               ? softmax_cross_entropy((*large_classifier_)(large.raw), large.labels)
                               : Variable(Tensor::zeros({1}, small.dtype(), small.device()));
  if (!alignments_.empty()) losses.alignment = alignment_loss(pyramid, neighbours);
  return losses;
}

bool Intertwiner::large_gradients() const { return settings_.buffer_gradient || large_classifier_; }

LargeSource Intertwiner::large_source(std::span<const Variable> pyramid) const {
  if (model_.large_source == "same") return same_source(pyramid, scales_);
  if (model_.large_source == "higher") return higher_source(pyramid, scales_);
  const auto upsample = [&](size_t l, const Variable& coarse, int64_t height, int64_t width) {
    if (model_.large_source == "bilinear") return resize_bilinear(coarse, height, width);
    return upsamplers_[l](coarse, height, width, Pass::training);
  };
  return upsampled_source(pyramid, scales_, upsample, large_gradients());
}

Intertwiner::LargeFeatures Intertwiner::large_features(const LargeSource& source, const RegionSamples& samples) const {
  std::optional<NoGradient> no_gradient;
  if (!large_gradients()) no_gradient.emplace();
  const LargeSet large = large_set(samples, source, settings_.large_set == "all");
  const Device on = large.labels.device();
  const Tensor foreground = Tensor::empty(large.labels.shape(), DType::int32, on);
  for_each_index(on, foreground.size(), kElementGrain,
                 kernels::Foreground{large.labels.data<int32_t>(on), foreground.data<int32_t>(on)});
  const DType type = compute_type(source.maps[0].dtype());
  if (large.labels.size() == 0) {
    const Variable none(Tensor::empty({0, model_.head_features}, type, on));
    return {none, none, foreground, foreground};
  }
  const Variable pooled =
      roi_align(source.maps, {large.boxes, large.image, large.map},
                {.scales = source.scales, .output_size = kRegionSide, .aligned = model_.roi_offset == "half-pixel"});
  const Variable raw =
      critic_raw(pooled, {large.level, large.count}, Pass::training, settings_.running_statistics == "both");
  return {raw, critic_[0].squash(raw), buffer_rows(large.labels, large.level), foreground};
}

Variable Intertwiner::critic_raw(const Variable& regions, const RowLevels& levels, Pass pass, bool update) const {
  return by_level(regions, levels, critic_.size(), [&](size_t l, const Variable& rows, const Tensor& count) {
    return critic_[l].raw(rows, {pass, update, count});
  });
}

// One buffer for all levels, or one a level, level 5 then using level 2's. A level that is left out has no row.
Tensor Intertwiner::buffer_rows(const Tensor& labels, const Tensor& level) const {
  const Device on = labels.device();
  const Tensor rows = Tensor::empty(labels.shape(), DType::int32, on);
  for_each_index(on, rows.size(), kElementGrain,
                 kernels::BufferRows{labels.data<int32_t>(on), level.data<int32_t>(on), static_cast<int32_t>(classes_),
                                     settings_.buffers == "per-level" ? kLevels - 1 : 1,
                                     settings_.compare_last_level ? -1 : kLevels - 1, rows.data<int32_t>(on)});
  return rows;
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
