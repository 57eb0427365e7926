// Three training steps of the narrow network with each option, compared with the reference (tests/reference/README.md).
// Gradients and running statistics are compared by fingerprints: a tensor's norm, and its products with two waves.
#include <algorithm>
#include <catch2/catch.hpp>

#include "detector/model/internet.h"
#include "detector/settings/settings_check.h"
#include "detector/settings/settings_table.h"
#include "engine/ops/activations.h"
#include "engine/optimiser.h"
#include "tests/detector/model/golden_step.h"

namespace intertwiner {
namespace {

using tests::check_near;
using tests::golden_settings;
using tests::GoldenFile;
using tests::load_weights;

struct Option {
  std::string name;
  std::vector<std::pair<std::string, std::string>> settings;  // as on a command line, on top of configuration `higher`
};

const std::vector<Option> kOptions = {
    {"l1", {{"intertwiner-loss", "l1"}}},
    {"kl", {{"intertwiner-loss", "kl"}}},
    {"kl_mean", {{"intertwiner-loss", "kl-mean"}, {"merge", "separate"}}},
    {"naive", {{"merge", "naive"}}},
    {"separate", {{"merge", "separate"}, {"head-input", "pooled"}}},
    {"without_last_level", {{"compare-last-level", "false"}}},
    {"decayed", {{"buffer", "decayed"}, {"buffer-decay", "0.75"}}},
    {"window", {{"buffer", "window"}, {"buffer-window", "2"}}},
    {"buffers_per_level", {{"buffers", "per-level"}}},
    {"buffer_gradient", {{"buffer-gradient", "true"}}},
    {"all_large", {{"large-set", "all"}}},
    {"both_statistics", {{"running-statistics", "both"}}},
    {"large_class", {{"large-class-factor", "0.5"}}},
    {"layers_per_level", {{"intertwiner-layers", "per-level"}}},
    {"third_convolution", {{"critic-convolutions", "3"}}},
    {"make_up_alone", {{"intertwiner-parts", "make-up"}, {"large-source", "aligned"}}},
    {"without_offset", {{"roi-offset", "none"}}},
    {"without_loss", {{"intertwiner-parts", "without-loss"}, {"large-source", "aligned"}}},
    {"same", {{"large-source", "same"}}},
    {"bilinear", {{"large-source", "bilinear"}}},
    {"bilinear_gradient", {{"large-source", "bilinear"}, {"buffer-gradient", "true"}}},
    {"network", {{"large-source", "network"}, {"buffer-gradient", "true"}}},
    {"aligned_gradient", {{"large-source", "aligned"}, {"buffer-gradient", "true"}}},
    {"aligned_debiased", {{"large-source", "aligned"}, {"alignment", "ot-debiased"}}},
    {"aligned_l2", {{"large-source", "aligned"}, {"alignment", "l2"}}},
    {"aligned_kl", {{"large-source", "aligned"}, {"alignment", "kl"}}},
    {"aligned_through",
     {{"large-source", "aligned"},
      {"sinkhorn-gradient", "through"},
      {"sinkhorn-iterations", "5"},
      {"sinkhorn-epsilon", "0.2"}}},
    {"aligned_small_epsilon", {{"large-source", "aligned"}, {"sinkhorn-epsilon", "0.02"}}},
    {"everything",
     {{"large-source", "network"},
      {"buffer-gradient", "true"},
      {"intertwiner-layers", "per-level"},
      {"critic-convolutions", "3"},
      {"intertwiner-loss", "kl"},
      {"merge", "naive"},
      {"buffers", "per-level"},
      {"large-set", "all"},
      {"running-statistics", "both"},
      {"large-class-factor", "0.5"},
      {"buffer", "decayed"},
      {"buffer-decay", "0.75"}}},
};

Settings settings_of(const Option& option) {
  Settings settings = golden_settings("higher");
  for (const SettingEntry& entry : describe_settings(settings))
    for (const auto& [name, value] : option.settings)
      if (entry.name == name) set_value(entry, value);
  check_settings(settings);
  return settings;
}

struct Term {
  std::string name;
  Variable value;
  double factor;
};

std::vector<Term> terms_of(const Losses& losses, const IntertwinerSettings& settings) {
  const std::vector<Term> all = {{"rpn_objectness", losses.rpn_objectness, 1},
                                 {"rpn_box", losses.rpn_box, 1},
                                 {"class", losses.classes, 1},
                                 {"box", losses.box, 1},
                                 {"intertwiner", losses.extra.intertwiner, 1},
                                 {"large_class", losses.extra.large_classes, settings.large_class_factor},
                                 {"alignment", losses.extra.alignment, 1}};
  std::vector<Term> defined;
  std::copy_if(all.begin(), all.end(), std::back_inserter(defined), [](const Term& t) { return t.value.defined(); });
  return defined;
}

Variable total_of(const std::vector<Term>& terms) {
  std::vector<Variable> values;
  std::vector<double> factors;
  for (const Term& term : terms) {
    values.push_back(term.value);
    factors.push_back(term.factor);
  }
  return weighted_sum(values, factors);
}

void check_steps(const Option& option, DType type) {
  // PyTorch's float32 gradients differ from float64's by up to 9e-5 of their largest magnitude.
  const double tolerance = type == DType::float64 ? 1e-9 : 1e-3;
  const GoldenFile input("step_input"), golden("step_options");
  const Batch batch = tests::golden_batch(input);
  const Samples samples = tests::golden_samples(input);
  const Settings settings = settings_of(option);
  InterNet model(settings, tests::kGoldenClasses, {.type = type, .body = tests::kGoldenBody});
  load_weights(golden, model.parameters(), option.name + ".");
  const Optimiser sgd(optimised_parameters(model.parameters()),
                      {.momentum = 0.9, .weight_decay = 1e-4, .clip_norm = 5});
  const int64_t steps = type == DType::float64 ? 3 : 1;  // in float32 rounding errors grow from step to step
  for (int64_t step = 0; step < steps; ++step) {
    const std::string prefix = option.name + ".step" + std::to_string(step) + ".";
    const std::vector<Term> terms =
        terms_of(model.losses(batch, Tensor::from<int64_t>({step}), &samples), settings.intertwiner);
    for (const std::string loss : {"intertwiner", "large_class", "alignment"}) {
      INFO(loss);
      CHECK(golden.has(prefix + "loss." + loss) ==
            std::any_of(terms.begin(), terms.end(), [&](const Term& term) { return term.name == loss; }));
    }
    for (const Term& term : terms)
      check_near(prefix + term.name, term.value.value(), golden(prefix + "loss." + term.name), tolerance);
    sgd.backward(total_of(terms));
    const Tensor norm = sgd.gradient_norm();
    check_near(prefix + "gradient_norm", norm, golden(prefix + "gradient_norm"), tolerance);
    std::vector<std::pair<std::string, Tensor>> gradients, statistics;
    for (const Parameter& p : model.parameters().parameters()) gradients.emplace_back(p.name, p.variable.grad());
    for (const Buffer& b : model.parameters().buffers()) {
      if (!b.for_training_only) statistics.emplace_back(b.name, b.tensor);
      for (const std::string part : {"buffer.sum", "buffer.count"})
        if (b.name == "intertwiner." + part) check_near(prefix + part, b.tensor, golden(prefix + part), tolerance);
    }
    if (step == 0) {
      tests::check_fingerprints(gradients, golden(option.name + ".gradients"), tolerance);
      tests::check_fingerprints(statistics, golden(option.name + ".after"), tolerance);
    }
    sgd.step(0.01, norm);
  }
}

}  // namespace

TEST_CASE("with every option, three steps give the reference's losses, gradients, statistics and class buffers") {
  for (const Option& option : kOptions)
    for (const DType type : tests::kGoldenTypes) {
      INFO(option.name << ", " << to_string(type));
      check_steps(option, type);
    }
}

TEST_CASE("with every option, detection changes no parameter and no buffer") {
  const GoldenFile input("step_input"), golden("step_options");
  const Batch batch = tests::golden_batch(input);
  for (const Option& option : kOptions) {
    INFO(option.name);
    const Settings settings = settings_of(option);
    const InterNet model(settings, tests::kGoldenClasses, {.body = tests::kGoldenBody});
    load_weights(golden, model.parameters(), option.name + ".");
    std::vector<std::vector<uint8_t>> before;
    const auto bytes = [](const Tensor& tensor) {
      const auto* begin = static_cast<const uint8_t*>(tensor.raw());
      return std::vector<uint8_t>(begin, begin + tensor.bytes());
    };
    for (const Buffer& b : model.parameters().buffers()) before.push_back(bytes(b.tensor));
    CHECK(model.detect(batch, settings).size() == 2);
    for (size_t i = 0; i < before.size(); ++i) CHECK(bytes(model.parameters().buffers()[i].tensor) == before[i]);
  }
}

}  // namespace intertwiner
