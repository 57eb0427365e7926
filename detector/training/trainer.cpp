#include "detector/training/trainer.h"

#include <cmath>
#include <cstdint>
#include <map>
#include <optional>

#include "detector/model/internet.h"
#include "detector/training/shard_sums.h"
#include "engine/backend/replay.h"
#include "engine/communication/agreement.h"
#include "engine/communication/single_process.h"
#include "engine/elementwise.h"
#include "engine/files/weights_file.h"
#include "engine/gradient_probe.h"
#include "engine/moving_average.h"
#include "engine/ops/activations.h"
#include "engine/optimiser.h"
#include "engine/text.h"

namespace intertwiner {
namespace {

struct Term {
  LossValue report;  ///< its field in the report
  Variable value;
  double factor;
};

std::vector<Term> terms_of(const Losses& losses, const IntertwinerSettings& settings) {
  std::vector<Term> terms;
  const auto add = [&](LossValue report, const Variable& value, double factor) {
    if (value.defined()) terms.push_back({report, value, factor});
  };
  add(&StepLosses::rpn_objectness, losses.rpn_objectness, 1);
  add(&StepLosses::rpn_box, losses.rpn_box, 1);
  add(&StepLosses::classes, losses.classes, 1);
  add(&StepLosses::box, losses.box, 1);
  add(&StepLosses::intertwiner, losses.extra.intertwiner, settings.factor);
  add(&StepLosses::large_class, losses.extra.large_classes, settings.large_class_factor);
  add(&StepLosses::alignment, losses.extra.alignment, settings.alignment_factor);
  return terms;
}

/// Names in a checkpoint: the moments and the average of all parameters, and "optimiser.average.BUFFER".
constexpr const char* kMomentNames[] = {"optimiser.momentum", "optimiser.squares"};
constexpr const char* kAverageName = "optimiser.average";

constexpr int64_t kMaxNumbers = 16;  // in a step's report
constexpr int64_t kTotal = 0, kTerms = 1, kNorm = kMaxNumbers - 1;

/// The input and output of a step, on the model's device.
struct StepMemory {
  Batch batch;
  Tensor step;                   ///< int64: the step, or (step · shards + shard)
  Tensor rate;                   ///< Optimiser::rate_at
  Tensor numbers;                ///< float64: the loss, then each term; the last is the gradient's norm
  std::vector<LossValue> terms;  ///< their fields in the report
};

void require_finite(const std::string& what, double value) {
  if (!std::isfinite(value)) throw NotFinite(what + " is " + (std::isnan(value) ? "NaN" : "infinite"));
}

void set_norm(const Tensor& numbers, const Tensor& norm) { numbers.slice(kNorm, kNorm + 1).copy_from(norm); }

/// All sizes that decide a step's work.
std::vector<double> shape_key(const Batch& batch) {
  std::vector<double> key(batch.images.shape().begin(), batch.images.shape().end());
  key.push_back(static_cast<double>(batch.boxes.dim(1)));
  return key;
}

std::vector<Tensor> averaged_tensors(const Optimiser& optimiser, const Parameters& parameters) {
  std::vector<Tensor> tensors = {optimiser.values()};
  for (const Buffer& buffer : parameters.buffers())
    if (!buffer.for_training_only) tensors.push_back(buffer.tensor);
  return tensors;
}

std::vector<std::string> checked_names(std::vector<std::string> names, size_t id_count) {
  if (names.size() != id_count)
    throw UserError(std::to_string(names.size()) + " classes have " + std::to_string(id_count) +
                    " category ids; give one id for each class");
  for (const std::string& name : names)
    if (!is_printable(name))
      throw UserError("class name \"" + printable(name) + "\": cannot be printed; rename the class");
  return names;
}

}  // namespace

struct Trainer::State {
  std::shared_ptr<Communicator> processes;
  Settings settings;
  std::vector<std::string> class_names;
  std::vector<int64_t> category_ids;
  RunState state;
  InterNet model;
  Optimiser optimiser;
  std::optional<MovingAverage> average;
  std::optional<ShardSums> shards;  // if a batch has several
  Device device;
  ReplayCache<StepMemory> steps;  // by batch shape
  bool check_numbers = false;
  int64_t log_gradients = 0;

  State(const Settings& s, std::vector<std::string> names, std::vector<int64_t> ids, const Placement& where,
        std::shared_ptr<Communicator> with)
      : processes(with ? std::move(with) : std::make_shared<SingleProcess>()),
        settings(s),
        class_names(checked_names(std::move(names), ids.size())),
        category_ids(std::move(ids)),
        model(s, static_cast<int64_t>(class_names.size()) + 1, {.placement = where}),
        optimiser(optimised_parameters(model.parameters()),
                  {.rule = s.train.optimiser,
                   .momentum = s.train.momentum,
                   .weight_decay = s.train.weight_decay,
                   .clip_norm = s.train.clip_norm,
                   .bfloat16_copies = where.bfloat16},
                  {processes->rank(), processes->size()}),
        device(where.device),
        steps(where.device) {
    if (s.train.ema_decay > 0) average.emplace(averaged_tensors(optimiser, model.parameters()), s.train.ema_decay);
    if (s.train.shards > 1 || processes->size() > 1)
      shards.emplace(*processes, s.train.shards, optimiser, model.parameters(), model.class_buffer());
  }

  /// What the host reads after a step: its terms, and their values as in StepMemory::numbers.
  struct Outcome {
    std::vector<LossValue> terms;
    std::vector<double> numbers;
  };
  Outcome step(const Batch& batch, double rate);
  Outcome step(std::span<const Batch> of_shards, double rate);

  /// The number of the step, or of this process's shard in this round of the step. Random numbers depend on it.
  int64_t number_of(int64_t round) const {
    return shards ? state.step * settings.train.shards + shards->shard(round) : state.step;
  }
  /// Writes the input of a step. `number` is that of the step or the shard.
  void fill(StepMemory& m, const Batch& batch, int64_t number, double rate) const;
  /// The losses and their gradients. Returns the total loss.
  Variable differentiate(StepMemory& m);
  /// One iteration, which the device runs without waiting for the host.
  void iterate(StepMemory& m);
  /// The norms of each loss's gradient. `number` is that of the step or the shard. Leaves the model as it was, except
  /// for the gradients.
  std::vector<LossGradient> loss_gradients(const Batch& batch, int64_t number);
  /// Exchanges the weights and their averages, if there are averages.
  void swap_average();
  /// What a checkpoint holds beside the model, by name.
  std::map<std::string, Tensor> optimiser_tensors() const;
  /// Memory for a moment of all parameters: the optimiser's own, unless processes share it.
  Tensor memory_of(const Tensor& moment) const;
};

void Trainer::State::fill(StepMemory& m, const Batch& batch, int64_t number, double rate) const {
  if (m.step.defined())
    m.batch.copy_from(batch);
  else
    m.batch = batch.to(device);
  refill(m.step, Tensor::from<int64_t>({number}), device);
  refill(m.rate, optimiser.rate_at(state.step, rate), device);
  if (!m.numbers.defined()) m.numbers = Tensor::zeros({kMaxNumbers}, DType::float64, device);
}

Variable Trainer::State::differentiate(StepMemory& m) {
  std::vector<Variable> values;
  std::vector<double> factors;
  m.terms.clear();
  for (const Term& term : terms_of(model.losses(m.batch, m.step), settings.intertwiner)) {
    values.push_back(term.value);
    factors.push_back(term.factor);
    m.terms.push_back(term.report);
  }
  const Variable total = weighted_sum(values, factors);
  optimiser.backward(total);
  std::vector<Tensor> numbers = {total.value()};
  for (const Variable& value : values) numbers.push_back(value.value());
  gather_values(m.numbers, numbers);
  return total;
}

void Trainer::State::iterate(StepMemory& m) {
  const Variable total = differentiate(m);
  const Tensor norm = optimiser.gradient_norm();
  optimiser.step(m.rate, norm, total.value());
  if (average) average->update(m.step);
  set_norm(m.numbers, norm);
}

Trainer::State::Outcome Trainer::State::step(const Batch& batch, double rate) {
  return steps.run(
      shape_key(batch), [&](StepMemory& m) { fill(m, batch, number_of(0), rate); }, [&](StepMemory& m) { iterate(m); },
      [](const StepMemory& m) {
        return Outcome{m.terms, m.numbers.to(Device::cpu).to_vector<double>()};
      });
}

Trainer::State::Outcome Trainer::State::step(std::span<const Batch> of_shards, double rate) {
  std::vector<LossValue> terms;
  shards->begin();
  for (size_t round = 0; round < of_shards.size(); ++round) {
    const Batch& batch = of_shards[round];
    terms = steps.run(
        shape_key(batch), [&](StepMemory& m) { fill(m, batch, number_of(static_cast<int64_t>(round)), rate); },
        [&](StepMemory& m) { differentiate(m); },
        [&](const StepMemory& m) {
          shards->add(m.numbers);
          return m.terms;
        });
  }
  const auto [norm, numbers] = shards->finish();
  const Tensor total = numbers.slice(kTotal, kTotal + 1).to(optimiser.values().dtype());
  optimiser.step(optimiser.rate_at(state.step, rate).to(device), norm, total);
  gather_parts(*processes, optimiser.updated().of(optimiser.values()), optimiser.values());
  if (processes->size() > 1) optimiser.refresh_copies();
  if (average) average->update(Tensor::from<int64_t>({state.step}).to(device));
  set_norm(numbers, norm);
  return {terms, numbers.to(Device::cpu).to_vector<double>()};
}

std::vector<LossGradient> Trainer::State::loss_gradients(const Batch& batch, int64_t number) {
  std::vector<Tensor> before;
  for (const Buffer& buffer : model.parameters().buffers()) before.push_back(buffer.tensor.clone());
  const Batch here = batch.to(device);
  const Tensor step = Tensor::from<int64_t>({number}).to(device);
  std::vector<LossGradient> result;
  for (size_t i = 0, count = 1; i < count; ++i) {
    const GradientNorms norms;
    const std::vector<Term> terms = terms_of(model.losses(here, step), settings.intertwiner);
    count = terms.size();
    if (terms[i].value.requires_grad()) backward(terms[i].value);  // else a constant: there are no objects for it
    for (const auto& [place, norm] : norms.values())
      result.push_back({place, loss_name(terms[i].report), terms[i].factor * norm});
    for (size_t b = 0; b < before.size(); ++b) model.parameters().buffers()[b].tensor.copy_from(before[b]);
  }
  return result;
}

void Trainer::State::swap_average() {
  if (!average) return;
  average->swap();
  optimiser.refresh_copies();
}

Tensor Trainer::State::memory_of(const Tensor& moment) const {
  if (processes->size() == 1) return moment;
  const Tensor& values = optimiser.values();
  return Tensor::empty(values.shape(), values.dtype(), values.device());
}

std::map<std::string, Tensor> Trainer::State::optimiser_tensors() const {
  std::map<std::string, Tensor> tensors;
  for (size_t i = 0; i < optimiser.moments().size(); ++i) tensors[kMomentNames[i]] = memory_of(optimiser.moments()[i]);
  if (!average) return tensors;
  auto tensor = average->averages().begin();
  tensors[kAverageName] = *tensor++;
  for (const Buffer& buffer : model.parameters().buffers())
    if (!buffer.for_training_only) tensors[std::string(kAverageName) + "." + buffer.name] = *tensor++;
  return tensors;
}

Trainer::Trainer(const Settings& settings, std::vector<std::string> class_names, std::vector<int64_t> category_ids,
                 const Placement& where, std::shared_ptr<Communicator> processes)
    : state_(std::make_unique<State>(settings, std::move(class_names), std::move(category_ids), where,
                                     std::move(processes))) {}
Trainer::~Trainer() = default;

StepReport Trainer::step(const Batch& batch) { return step(std::span(&batch, 1)); }

StepReport Trainer::step(std::span<const Batch> shards) {
  State& p = *state_;
  if (const int64_t rounds = p.shards ? p.shards->rounds() : 1; std::ssize(shards) != rounds)
    throw InternalError("Trainer::step: " + std::to_string(shards.size()) + " shards, not " + std::to_string(rounds));
  const NumberCheck check(p.check_numbers);
  const TrainSettings& t = p.settings.train;
  StepReport report;
  const bool is_cosine = t.schedule == Schedule::cosine;
  report.learning_rate = learning_rate({.initial = t.learning_rate,
                                        .warmup_steps = t.warmup_steps,
                                        .drops = is_cosine ? std::vector<double>{} : t.drops,
                                        .cosine = is_cosine},
                                       p.state.step, p.state.done());

  if (p.log_gradients > 0 && p.state.step % p.log_gradients == 0)
    report.loss_gradients = p.loss_gradients(shards.front(), p.number_of(0));
  const auto [terms, numbers] =
      p.shards ? p.step(shards, report.learning_rate) : p.step(shards.front(), report.learning_rate);
  for (size_t i = 0; i < terms.size(); ++i) {
    require_finite(std::string("loss ") + loss_name(terms[i]), numbers[kTerms + i]);
    report.losses.*terms[i] = numbers[kTerms + i];
  }
  report.total = numbers[kTotal];
  report.gradient_norm = numbers[kNorm];
  require_finite("the gradient's norm", report.gradient_norm);
  ++p.state.step;
  return report;
}

void Trainer::save(const std::filesystem::path& path, bool for_detection) const {
  const State& p = *state_;
  RunState state = p.state;
  if (const std::string used = backend_of(p.device).algorithms(); !used.empty()) state.algorithms = used;
  const auto kept = for_detection ? std::map<std::string, Tensor>{} : p.optimiser_tensors();
  if (!for_detection)
    for (size_t i = 0; i < p.optimiser.moments().size(); ++i)
      gather_parts(*p.processes, p.optimiser.moments()[i], kept.at(kMomentNames[i]));
  run_on_first(*p.processes, [&] {
    write_checkpoint(path, {p.settings, p.class_names, p.category_ids, state, for_detection}, p.model.parameters(),
                     kept);
  });
}

void Trainer::load(const std::filesystem::path& path) { load(read_checkpoint(path), path); }

void Trainer::load(const Checkpoint& checkpoint, const std::filesystem::path& path) {
  State& p = *state_;
  if (checkpoint.header.for_detection || !checkpoint.tensors.contains(kMomentNames[0]))
    throw UserError(path.string() +
                    ": was written for detection only, so training cannot continue from it; give last.safetensors, or "
                    "start a new run from its weights");
  const std::map<std::string, Tensor> kept = p.optimiser_tensors();
  for (const auto& [name, tensor] : kept) {
    const auto found = checkpoint.tensors.find(name);
    if (found == checkpoint.tensors.end() || found->second.shape() != tensor.shape() ||
        found->second.dtype() != tensor.dtype())
      throw UserError(path.string() + ": its " + name + " is " +
                      (found == checkpoint.tensors.end() ? "missing" : to_string(found->second.shape())) +
                      ", this model needs " + to_string(tensor.shape()) + "; it belongs to another model");
  }
  restore(checkpoint, path, p.model.parameters(), false);
  p.optimiser.refresh_copies();
  for (const auto& [name, tensor] : kept) tensor.copy_from(checkpoint.tensors.at(name));
  if (p.processes->size() > 1)
    for (size_t i = 0; i < p.optimiser.moments().size(); ++i)
      p.optimiser.moments()[i].copy_from(p.optimiser.updated().of(kept.at(kMomentNames[i])));
  p.state = checkpoint.header.state;
  backend_of(p.device).use_algorithms(p.state.algorithms);
}

ImportReport Trainer::initialise_from(const std::filesystem::path& path) {
  const WeightsFile file = read_weights(path);
  const bool is_ours = is_checkpoint(file.metadata) && !is_in_pytorch_order(file.metadata);
  if (is_ours) read_checkpoint_header(file.metadata, path.string());  // throws if it is broken
  const WeightLayout layout = is_ours ? WeightLayout::ours : WeightLayout::pytorch;
  const ImportReport report = import_weights(file.tensors, layout, state_->model.parameters(), path.string());
  state_->optimiser.refresh_copies();
  if (state_->average) state_->average->restart();
  return report;
}

void Trainer::log_gradients(int64_t every) { state_->log_gradients = every; }
void Trainer::check_numbers(bool on) { state_->check_numbers = on; }
InterNet& Trainer::model() const { return state_->model; }
Communicator& Trainer::processes() const { return *state_->processes; }
const Settings& Trainer::settings() const { return state_->settings; }
const std::vector<std::string>& Trainer::class_names() const { return state_->class_names; }
RunState& Trainer::state() { return state_->state; }
const RunState& Trainer::state() const { return state_->state; }

AveragedWeights::AveragedWeights(const Trainer& trainer) : trainer_(trainer) { trainer_.state_->swap_average(); }
AveragedWeights::~AveragedWeights() { trainer_.state_->swap_average(); }

}  // namespace intertwiner
