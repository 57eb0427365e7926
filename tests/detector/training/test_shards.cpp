#include <catch2/catch.hpp>
#include <cmath>

#include "detector/model/internet.h"
#include "detector/training/shard_sums.h"
#include "detector/training/trainer.h"
#include "engine/elementwise.h"
#include "engine/ops/activations.h"
#include "engine/ops/losses.h"
#include "engine/ops/pooling.h"
#include "layers/basic.h"
#include "tests/detector/model/golden_step.h"
#include "tests/detector/tiny_run.h"
#include "tests/engine/compare.h"
#include "tests/engine/thread_processes.h"
#include "tests/temporary_folder.h"

namespace intertwiner {
namespace {

using tests::kTinyClasses;
using tests::tiny_batch;
using tests::tiny_settings;

const std::vector<int64_t> kIds = {1, 2, 3};

Settings sharded(int64_t shards) {
  Settings settings = tiny_settings();
  settings.train.batch = 2 * shards;
  settings.train.shards = shards;
  return settings;
}

/// The shards of a step that a process computes.
std::vector<Batch> shards_of(const Communicator& processes, uint64_t step, int64_t shards) {
  std::vector<Batch> batches;
  for (int64_t s = processes.rank(); s < shards; s += processes.size())
    batches.push_back(tiny_batch(step * static_cast<uint64_t>(shards) + static_cast<uint64_t>(s)));
  return batches;
}

using Contents = std::vector<std::pair<std::string, Tensor>>;

Contents contents(const Trainer& trainer) {
  Contents all;
  for (const Parameter& p : trainer.model().parameters().parameters())
    all.emplace_back(p.name, p.variable.value().clone());
  for (const Buffer& b : trainer.model().parameters().buffers()) all.emplace_back(b.name, b.tensor.clone());
  return all;
}

const Tensor& named(const Contents& contents, const std::string& name) {
  for (const auto& [at, tensor] : contents)
    if (at == name) return tensor;
  throw InternalError("no " + name);
}

void check_same_contents(const Contents& a, const Contents& b) {
  REQUIRE(a.size() == b.size());
  for (size_t i = 0; i < a.size(); ++i) tests::check_same_bits(a[i].first, a[i].second, b[i].second);
}

}  // namespace

TEST_CASE("four shards give the same bits in one process and two, also after a change of their number") {
  const tests::TemporaryFolder folder;
  Settings s = sharded(4);
  s.intertwiner.buffer = GENERATE(BufferKind::all, BufferKind::decayed, BufferKind::window);
  if (s.intertwiner.buffer == BufferKind::window) s.intertwiner.buffer_window = 2;
  if (s.intertwiner.buffer == BufferKind::decayed) s.train.optimiser = UpdateRule::adamw;
  std::vector<Contents> ends;
  std::vector<StepReport> reports;
  for (const int count : {1, 2}) {
    const auto file = folder / ("of" + std::to_string(count) + ".safetensors");
    tests::run_processes(count, [&](const std::shared_ptr<Communicator>& processes) {
      Trainer trainer(s, kTinyClasses, kIds, {}, processes);
      for (uint64_t step = 0; step < 2; ++step) trainer.step(shards_of(*processes, step, 4));
      trainer.save(file);
    });
    // Goes on with another number of processes.
    tests::run_processes(3 - count, [&](const std::shared_ptr<Communicator>& processes) {
      Trainer trainer(s, kTinyClasses, kIds, {}, processes);
      trainer.load(file);
      const StepReport report = trainer.step(shards_of(*processes, 2, 4));
      if (processes->rank() > 0) return;
      reports.push_back(report);
      ends.push_back(contents(trainer));
    });
  }
  check_same_contents(ends[0], ends[1]);
  CHECK(named_losses(reports[0].losses) == named_losses(reports[1].losses));
  CHECK(reports[0].gradient_norm == reports[1].gradient_norm);
}

TEST_CASE("a step of two shards is the mean of two steps of one shard") {
  Settings s = sharded(2);
  s.train.clip_norm = 0;
  Trainer both(s, kTinyClasses, kIds);
  const std::vector<Batch> batches = {tiny_batch(0), tiny_batch(1)};
  const StepReport report = both.step(batches);

  s.train.shards = 1;
  std::vector<Contents> alone;
  double total = 0;
  for (int64_t shard = 0; shard < 2; ++shard) {
    Trainer one(s, kTinyClasses, kIds);
    one.state().step = shard;  // the random numbers of this shard
    total += one.step(batches[static_cast<size_t>(shard)]).total / 2;
    alone.push_back(contents(one));
  }
  CHECK(report.total == Approx(total).epsilon(1e-6));
  for (const auto& [name, tensor] : contents(both)) {
    INFO(name);
    const bool is_sum = name.find("intertwiner.buffer") != std::string::npos;  // starts at 0
    const Tensor sum = added(named(alone[0], name), named(alone[1], name));
    tests::check_near(name, tensor, is_sum ? sum : scaled(sum, 0.5), 1e-5);
  }
}

TEST_CASE("the mean gradients of four shards agree with PyTorch's DistributedDataParallel") {
  const tests::GoldenFile golden("shards");
  constexpr int64_t kShards = 4;
  for (const int count : {1, 2, 4})
    tests::run_processes(count, [&](const std::shared_ptr<Communicator>& processes) {
      Parameters parameters(1, DType::float64);
      const Scope scope(parameters);
      const Conv2d conv(scope / "conv", {.in = 3, .out = 4, .padding = 1}, constant(0), constant(0));
      const BatchNorm norm(scope / "norm", 4);
      const Linear linear(scope / "linear", 4, 5);
      for (const Parameter& p : parameters.parameters()) p.variable.value().copy_from(golden(p.name));
      const Optimiser sgd(optimised_parameters(parameters), {}, {processes->rank(), processes->size()});
      ShardSums sums(*processes, kShards, sgd, parameters, nullptr);
      sums.begin();
      for (int64_t round = 0; round < sums.rounds(); ++round) {
        const int64_t first = 2 * sums.shard(round);
        const Variable images(golden("images").slice(first, first + 2));
        const Variable maps = norm(conv(images), Pass::training, true);
        const Variable logits = linear(reshape(adaptive_mean_pool(maps, 1), {2, 4}));
        const Variable loss = softmax_cross_entropy(logits, golden("labels").slice(first, first + 2));
        sgd.backward(loss);
        sums.add(loss.value());
      }
      const auto [gradient_norm, loss] = sums.finish();
      gather_parts(*processes, sgd.updated().of(sgd.gradients()), sgd.gradients());
      if (processes->rank() > 0) return;
      tests::check_golden("loss", loss, golden("loss"));
      double squares = 0;
      for (const Parameter& p : parameters.parameters()) {
        const Tensor expected = golden("gradient." + p.name);
        tests::check_near(p.name, p.variable.grad(), expected, 1e-9);
        for (const double value : expected.to_vector<double>()) squares += value * value;
      }
      CHECK(gradient_norm.item() == Approx(std::sqrt(squares)));
    });
}

TEST_CASE("a step with one shard is a step without shards") {
  Settings s = tiny_settings();
  Trainer plain(s, kTinyClasses, kIds);
  tests::run_processes(1, [&](const std::shared_ptr<Communicator>& processes) {
    Trainer trainer(s, kTinyClasses, kIds, {}, processes);
    for (uint64_t step = 0; step < 2; ++step) {
      plain.step(tiny_batch(step));
      trainer.step(shards_of(*processes, step, 1));
    }
    check_same_contents(contents(plain), contents(trainer));
  });
}

TEST_CASE("processes that cannot share the shards equally are an error") {
  tests::run_processes(3, [&](const std::shared_ptr<Communicator>& processes) {
    if (processes->rank() > 0) return;
    CHECK_THROWS_WITH(Trainer(sharded(4), kTinyClasses, kIds, {}, processes),
                      Catch::Contains("3 processes cannot share 4 shards"));
  });
}

TEST_CASE("a process sends about its parameters twice in a step") {
  tests::run_processes(2, [&](const std::shared_ptr<Communicator>& processes) {
    Trainer trainer(sharded(2), kTinyClasses, kIds, {}, processes);
    int64_t bytes = 0;
    for (const Parameter& p : trainer.model().parameters().parameters()) bytes += p.variable.value().bytes();
    const int64_t before = processes->traffic().bytes;
    trainer.step(shards_of(*processes, 0, 2));
    if (processes->rank() > 0) return;
    CHECK(static_cast<double>(processes->traffic().bytes - before) < 2.1 * static_cast<double>(bytes));
  });
}

}  // namespace intertwiner
