#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "detector/load_model.h"
#include "detector/model/internet.h"
#include "detector/settings/settings_json.h"
#include "detector/training/checkpoint.h"
#include "detector/training/trainer.h"
#include "engine/error.h"
#include "tests/detector/tiny_run.h"
#include "tests/engine/compare.h"
#include "tests/temporary_folder.h"

namespace intertwiner {
namespace {

using Catch::Contains;
using tests::kTinyClasses;

// A small model for tests that do not need a network.
struct TwoLayers {
  Parameters parameters;
  Variable weight;
  Tensor mean, sum;

  explicit TwoLayers(uint64_t seed, int64_t width = 4) : parameters(seed) {
    const Scope scope = Scope(parameters) / "part";
    weight = scope.parameter("weight", {width, 3}, normal(1), true);
    mean = scope.buffer("mean", {width}, 2);
    sum = scope.training_buffer("sum", {width}, DType::float64);
  }
};

CheckpointHeader header(bool for_detection = false) {
  return {tests::tiny_settings(),
          kTinyClasses,
          {4, 5, 6},
          {.step = 12, .total_steps = 30, .steps_per_epoch = 6, .best_score = 0.5, .best_step = 6, .notes = "{}"},
          for_detection};
}

// The message of the UserError that `f` throws; it is one line that names the file.
template <class F>
std::string mistake(const std::filesystem::path& file, const F& f) {
  try {
    f();
  } catch (const UserError& error) {
    const std::string message = error.what();
    CHECK_THAT(message, Contains(file.filename().string()));
    CHECK(message.find('\n') == std::string::npos);
    return message;
  }
  FAIL("no UserError");
  return "";
}

}  // namespace

TEST_CASE("a checkpoint restores tensors, settings, classes and the state of the run") {
  const tests::TemporaryFolder folder;
  const TwoLayers saved(1), restored(2);
  saved.sum.data<double>()[1] = 3;
  const Tensor momentum = tests::random_tensor({12}, 1).to(DType::float32);
  write_checkpoint(folder / "last.safetensors", header(), saved.parameters, {{"optimiser.momentum", momentum}});

  const Checkpoint checkpoint = read_checkpoint(folder / "last.safetensors");
  restore(checkpoint, folder / "last.safetensors", restored.parameters, false);
  tests::check_same_bits("weight", restored.weight.value(), saved.weight.value());
  tests::check_same_bits("mean", restored.mean, saved.mean);
  tests::check_same_bits("sum", restored.sum, saved.sum);
  tests::check_same_bits("momentum", checkpoint.tensors.at("optimiser.momentum"), momentum);
  CHECK(settings_to_json(checkpoint.header.settings) == settings_to_json(tests::tiny_settings()));
  CHECK(checkpoint.header.class_names == kTinyClasses);
  CHECK(checkpoint.header.category_ids == std::vector<int64_t>{4, 5, 6});
  CHECK(checkpoint.header.state.step == 12);
  CHECK(checkpoint.header.state.best_score == 0.5);
  CHECK(!checkpoint.header.for_detection);
}

TEST_CASE("a checkpoint for detection has no class buffer and no momentum; it detects, but cannot be trained further") {
  const tests::TemporaryFolder folder;
  const auto path = folder / "best.safetensors";
  Trainer trainer(tests::tiny_settings(), kTinyClasses, {4, 5, 6});
  trainer.step(tests::tiny_batch(1));
  trainer.save(path, true);
  const Checkpoint checkpoint = read_checkpoint(path);
  CHECK(checkpoint.header.for_detection);
  CHECK(checkpoint.tensors.count("optimiser.momentum") == 0);
  CHECK(checkpoint.tensors.count("intertwiner.buffer.sum") == 0);
  CHECK(checkpoint.tensors.count("intertwiner.critic.conv1.weight") == 1);

  const LoadedModel loaded = load_model(path);
  CHECK(loaded.class_names == kTinyClasses);
  CHECK(loaded.state.step == 1);
  const Batch batch = tests::tiny_batch(2);
  const auto found = loaded.model->detect(batch, loaded.settings),
             wanted = trainer.model().detect(batch, trainer.settings());
  for (size_t n = 0; n < 2; ++n) {
    REQUIRE(found[n].size() == wanted[n].size());
    for (size_t i = 0; i < found[n].size(); ++i) CHECK(found[n][i].box == wanted[n][i].box);
  }
  CHECK_THAT(mistake(path, [&] { trainer.load(path); }), Contains("was written for detection only"));
}

TEST_CASE("a checkpoint for training detects too") {
  const tests::TemporaryFolder folder;
  const auto path = folder / "last.safetensors";
  Trainer trainer(tests::tiny_settings(), kTinyClasses, {4, 5, 6});
  trainer.save(path);
  CHECK(load_model(path).category_ids == std::vector<int64_t>{4, 5, 6});
}

TEST_CASE("a checkpoint cut short at any byte is refused in one line that names the file") {
  const tests::TemporaryFolder folder;
  const auto path = folder / "cut.safetensors";
  const TwoLayers model(1);
  write_checkpoint(path, header(), model.parameters, {});
  const auto size = std::filesystem::file_size(path);
  for (const auto left : {size - 1, size - 100, size / 2, uintmax_t{20}, uintmax_t{8}, uintmax_t{3}, uintmax_t{0}}) {
    INFO(left << " of " << size << " bytes");
    std::filesystem::resize_file(path, left);
    mistake(path, [&] { read_checkpoint(path); });
    mistake(path, [&] { load_model(path); });
  }
}

TEST_CASE("a missing file, a picture and another program's safetensors file are refused") {
  const tests::TemporaryFolder folder;
  mistake(folder / "none.safetensors", [&] { read_checkpoint(folder / "none.safetensors"); });
  const auto picture = folder.write("picture.safetensors", std::string(1000, '\xff'));
  mistake(picture, [&] { read_checkpoint(picture); });
  const auto strange = folder / "strange.safetensors";
  write_safetensors(strange, {{{"weight", Tensor::zeros({2}, DType::float32)}}, {{"format", "pt"}}});
  CHECK_THAT(mistake(strange, [&] { read_checkpoint(strange); }), Contains("not a checkpoint of this program"));
}

TEST_CASE("a checkpoint of a later format or with broken metadata is refused") {
  const tests::TemporaryFolder folder;
  const auto path = folder / "other.safetensors";
  const TwoLayers model(1);
  write_checkpoint(path, header(), model.parameters, {});
  const TensorFile good = read_safetensors(path);
  const auto with = [&](const std::string& key, const std::string& value) {
    TensorFile changed = good;
    changed.metadata[key] = value;
    write_safetensors(path, changed);
    return mistake(path, [&] { read_checkpoint(path); });
  };
  CHECK_THAT(with("intertwiner_format", "2"), Contains("format 2"));
  CHECK_THAT(with("state", "{"), Contains("broken"));
  CHECK_THAT(with("state", "{\"step\": 1}"), Contains("broken"));
  CHECK_THAT(with("state", std::string(60'000, '[')), Contains("broken"));
  CHECK_THAT(with("state", "{\"step\": 1, \"step\": 2}"), Contains("the key \"step\" twice"));
  CHECK_THAT(
      with("state",
           R"({"best_score": 0, "best_step": 1e300, "notes": "", "step": 1, "steps_per_epoch": 1, "total_steps": 1})"),
      Contains("not an integer in range"));
  with("settings", "{\"anchor-sizes\": " + std::string(60'000, '['));
  CHECK_THAT(with("classes", "[1, 2]"), Contains("broken"));
  CHECK_THAT(with("classes", "{\"names\": 3, \"category_ids\": []}"), Contains("broken"));
  with("settings", "{\"learning-rate\": \"fast\"}");
  with("settings", "not json");
  CHECK_THAT(with("classes", "{\"names\": [\"ant\"], \"category_ids\": []}"), Contains("1 classes, 0 category ids"));
  for (const std::string key : {"settings", "classes", "state", "for_detection"}) {
    INFO("without " << key);
    TensorFile changed = good;
    changed.metadata.erase(key);
    write_safetensors(path, changed);
    CHECK_THAT(mistake(path, [&] { read_checkpoint(path); }), Contains("incomplete"));
  }
}

TEST_CASE("a checkpoint of another model is refused, and the message names the tensor that does not fit") {
  const tests::TemporaryFolder folder;
  const auto path = folder / "narrow.safetensors";
  write_checkpoint(path, header(), TwoLayers(1).parameters, {});
  const Checkpoint checkpoint = read_checkpoint(path);
  const TwoLayers wide(1, 5);
  CHECK_THAT(mistake(path, [&] { restore(checkpoint, path, wide.parameters, false); }),
             Contains("part.weight is 4×3, this model needs 5×3"));
  Parameters more(1);
  Scope(more).parameter("other", {2}, constant(0), false);
  CHECK_THAT(mistake(path, [&] { restore(checkpoint, path, more, false); }), Contains("has no other"));
}

TEST_CASE("a checkpoint of another type of numbers is refused, and the message says which") {
  const tests::TemporaryFolder folder;
  const auto path = folder / "exact.safetensors";
  Parameters exact(1);
  Scope(exact).buffer("sum", {2}, 0);
  write_checkpoint(path, header(), exact, {});
  Parameters model(1);
  Scope(model).training_buffer("sum", {2}, DType::float64);
  CHECK_THAT(mistake(path, [&] { restore(read_checkpoint(path), path, model, false); }),
             Contains("sum is float32, this model needs float64"));
}

TEST_CASE("classes whose checkpoint could not be read again are not trained") {
  CHECK_THROWS_WITH(Trainer(tests::tiny_settings(), {"helmet", "two\nlines"}, {1, 2}), Contains("two\\nlines"));
}

TEST_CASE("a checkpoint that does not fit leaves the model unchanged") {
  const tests::TemporaryFolder folder;
  const auto path = folder / "other.safetensors";
  Parameters saved(1);
  Scope(saved).parameter("a", {2}, constant(1), true);
  Scope(saved).parameter("b", {3}, constant(1), true);
  write_checkpoint(path, header(), saved, {});
  Parameters model(1);
  const Variable a = Scope(model).parameter("a", {2}, constant(7), true);
  Scope(model).parameter("b", {4}, constant(7), true);
  mistake(path, [&] { restore(read_checkpoint(path), path, model, false); });
  CHECK(a.value().to_vector<float>() == std::vector<float>{7, 7});
}

TEST_CASE("training does not continue from a checkpoint of another network") {
  const tests::TemporaryFolder folder;
  const auto path = folder / "last.safetensors";
  Trainer trainer(tests::tiny_settings(), kTinyClasses, {4, 5, 6});
  trainer.save(path);
  Settings other = tests::tiny_settings();
  other.model.head_features = 16;
  Trainer wide(other, kTinyClasses, {4, 5, 6});
  mistake(path, [&] { wide.load(path); });
  other = tests::tiny_settings();
  other.model.intertwiner = false;  // every tensor is in the checkpoint, but the momentum does not fit
  other.model.head_norm = HeadNorm::batch;
  Trainer part(other, kTinyClasses, {4, 5, 6});
  mistake(path, [&] { part.load(path); });
}

}  // namespace intertwiner
