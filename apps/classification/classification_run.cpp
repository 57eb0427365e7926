#include "apps/classification/classification_run.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "apps/classification/classifier_file.h"
#include "apps/terminal/progress.h"
#include "data/shuffle.h"
#include "engine/files/atomic_file.h"
#include "engine/files/json.h"
#include "engine/ops/activations.h"
#include "engine/ops/losses.h"
#include "engine/optimiser.h"
#include "engine/text.h"

namespace intertwiner {
namespace {

constexpr int64_t kMeasureBatch = 128;

std::vector<int64_t> numbers_below(int64_t count) {
  std::vector<int64_t> numbers(static_cast<size_t>(count));
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

/// Calls `f(label, is_right)` for every row.
template <class F>
void compare(const Tensor& scores, const Tensor& labels, const F& f) {
  const Tensor logits = scores.to(Device::cpu);
  const int64_t classes = logits.dim(1);
  for (int64_t r = 0; r < labels.size(); ++r) {
    const float* row = logits.data<float>() + r * classes;
    const int32_t label = labels.data<int32_t>()[r];
    f(label, std::max_element(row, row + classes) - row == label);
  }
}

Variable input(const LabelledBatch& batch, const Placement& where) {
  return Variable(batch.images.to(where.device).to(where.map_type()));
}

/// Means over the batches of an epoch. `classes` and `alignment` are the two losses.
struct EpochReport {
  double loss = 0, classes = 0, alignment = 0, accuracy = 0;
};

class Run {
 public:
  Run(const ClassificationSettings& settings, const LabelledImages& train)
      : settings_(settings),
        train_(train),
        steps_(train.size() / settings.batch),
        parameters_(settings.seed, DType::float32, settings.where.device),
        model_(Scope(parameters_), settings.shape),
        optimiser_(optimised_parameters(parameters_), {.momentum = 0.9, .weight_decay = 1e-4, .clip_norm = 5}) {}

  const Classifier& model() const { return model_; }
  const Parameters& parameters() const { return parameters_; }

  /// Calls `show(steps done, steps)` after each step.
  template <class Show>
  EpochReport train_epoch(int64_t epoch, const Show& show) {
    const std::vector<int64_t> order = shuffled(numbers_below(train_.size()), settings_.seed, epoch);
    EpochReport sum;
    for (int64_t step = 0; step < steps_; ++step) {
      const auto indices =
          std::span(order).subspan(static_cast<size_t>(step * settings_.batch), static_cast<size_t>(settings_.batch));
      train_step(epoch, augmented_batch(train_, indices, settings_.seed, epoch), epoch * steps_ + step, sum);
      show(step + 1, steps_);
    }
    const double steps = static_cast<double>(steps_);
    return {sum.loss / steps, sum.classes / steps, sum.alignment / steps,
            sum.accuracy / (steps * static_cast<double>(settings_.batch))};
  }

 private:
  void train_step(int64_t epoch, const LabelledBatch& batch, int64_t step, EpochReport& sum) {
    const Classifier::Output output = model_(input(batch, settings_.where), Pass::training);
    compare(output.logits.value(), batch.labels, [&](int32_t, bool is_right) { sum.accuracy += is_right; });
    Variable loss = softmax_cross_entropy(output.logits, batch.labels.to(settings_.where.device));
    sum.classes += loss.value().item();
    if (output.alignment.defined()) {
      sum.alignment += output.alignment.value().item();
      loss = weighted_sum({loss, output.alignment}, {1, settings_.alignment_factor});
    }
    optimiser_.backward(loss);
    const Tensor norm = optimiser_.gradient_norm();
    optimiser_.step(learning_rate({.initial = settings_.learning_rate, .drops = {0.5, 0.75}}, step,
                                  static_cast<double>(step) / static_cast<double>(settings_.epochs * steps_)),
                    norm, loss.value());
    const double value = loss.value().item();
    if (!std::isfinite(value) || !std::isfinite(norm.item()))
      throw UserError("epoch " + std::to_string(epoch + 1) +
                      ": the loss or its gradient is not finite; start again with a lower --learning-rate");
    sum.loss += value;
  }

  const ClassificationSettings& settings_;
  const LabelledImages& train_;
  int64_t steps_;
  Parameters parameters_;
  Classifier model_;
  Optimiser optimiser_;
};

std::string epoch_text(const ClassificationSettings& settings, int64_t epoch, const EpochReport& report, double test) {
  const std::string alignment = settings.shape.alignment ? format(", alignment %.4f", report.alignment) : "";
  return format("epoch %lld/%lld: class loss %.4f%s, accuracy %.3f in training, %.3f on test",
                static_cast<long long>(epoch + 1), static_cast<long long>(settings.epochs), report.classes,
                alignment.c_str(), report.accuracy, test);
}

std::string log_line(const ClassificationSettings& settings, int64_t epoch, const EpochReport& report, double test,
                     double seconds) {
  Json line = {{"epoch", epoch + 1}, {"loss", report.loss}, {"class", report.classes}};
  if (settings.shape.alignment) line["alignment"] = report.alignment;
  line["train_accuracy"] = report.accuracy;
  line["test_accuracy"] = test;
  line["seconds"] = seconds;
  return line.dump() + "\n";
}

}  // namespace

Accuracy measure(const Classifier& model, const LabelledImages& images, const Placement& where) {
  const NoGradient no_gradient;
  const std::vector<int64_t> indices = numbers_below(images.size());
  std::vector<double> right(images.class_names.size()), count(images.class_names.size());
  for (int64_t begin = 0; begin < images.size(); begin += kMeasureBatch) {
    const int64_t size = std::min(kMeasureBatch, images.size() - begin);
    const LabelledBatch batch =
        plain_batch(images, std::span(indices).subspan(static_cast<size_t>(begin), static_cast<size_t>(size)));
    const Variable logits = model(input(batch, where), Pass::detection).logits;
    compare(logits.value(), batch.labels, [&](int32_t label, bool is_right) {
      count[static_cast<size_t>(label)] += 1;
      right[static_cast<size_t>(label)] += is_right;
    });
  }
  Accuracy accuracy;
  for (size_t c = 0; c < count.size(); ++c) {
    accuracy.all += right[c] / static_cast<double>(images.size());
    accuracy.classes.push_back(count[c] > 0 ? right[c] / count[c] : std::numeric_limits<double>::quiet_NaN());
  }
  return accuracy;
}

void train_classifier(const ClassificationSettings& settings, const LabelledImages& train, const LabelledImages& test,
                      const RunFolder& folder) {
  if (train.size() < settings.batch)
    throw UserError("the " + std::to_string(train.size()) + " images to train on do not fill a batch of " +
                    std::to_string(settings.batch) + "; choose a smaller --batch");
  Run run(settings, train);
  StatusLine status;
  std::string log;
  for (int64_t epoch = 0; epoch < settings.epochs; ++epoch) {
    const double begin = now_seconds();
    const EpochReport report = run.train_epoch(epoch, [&](int64_t step, int64_t steps) {
      if (status.is_due())
        status.show("epoch " + std::to_string(epoch + 1) + ": step " + std::to_string(step) + " of " +
                    std::to_string(steps));
    });
    const double accuracy = measure(run.model(), test, settings.where).all;
    status.print(epoch_text(settings, epoch, report, accuracy));
    log += log_line(settings, epoch, report, accuracy, now_seconds() - begin);
    write_classifier(folder.last(), settings.shape, {train.class_names, epoch + 1}, run.parameters());
    write_atomically(folder.log(), log);
  }
}

}  // namespace intertwiner
