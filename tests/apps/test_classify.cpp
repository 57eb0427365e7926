#include <catch2/catch.hpp>

#include "apps/classification/classifier_data.h"
#include "data/images/image_io.h"
#include "engine/files/json.h"
#include "tests/apps/run_program.h"
#include "tests/data/images/sample_images.h"
#include "tests/temporary_folder.h"

using namespace intertwiner::tests;
using intertwiner::Json;

namespace {

Arguments tiny(const std::string& scenes) {
  return {"--data", scenes, "--blocks", "1", "--width", "8", "--batch", "32", "--learning-rate", "0.05"};
}

std::vector<Json> log_of(const std::filesystem::path& run) {
  std::vector<Json> lines;
  for (const std::string& line : lines_of(read_text(run / "log.jsonl"))) lines.push_back(Json::parse(line));
  return lines;
}

}  // namespace

TEST_CASE("a classifier learns the objects of scenes, and the transport cost between its stages falls") {
  const TemporaryFolder folder;
  const std::string out = (folder / "run").string(), model = out + "/last.safetensors";
  const Result result =
      run("classify", tiny("scenes:150") + Arguments{"--alignment", "ot", "--epochs", "4", "--out", out});
  INFO(result.out << result.err);
  REQUIRE(result.code == 0);
  const std::vector<Json> log = log_of(out);
  REQUIRE(log.size() == 4);
  const auto first = [&](const char* name) { return log.front().at(name).get<double>(); };
  const auto last = [&](const char* name) { return log.back().at(name).get<double>(); };
  CHECK(last("test_accuracy") > 2.0 / 6);  // six classes
  CHECK(last("class") < first("class"));
  CHECK(last("alignment") < 0.9 * first("alignment"));

  // The saved model has the accuracy of the last epoch.
  const Result measured = run("classify", {"--data", "scenes:150", "--model", model});
  INFO(measured.out << measured.err);
  CHECK(measured.code == 0);
  char expected[40];
  std::snprintf(expected, sizeof expected, "accuracy %.4f", last("test_accuracy"));
  CHECK(measured.out.find(expected) != std::string::npos);

  check_refused("classify", tiny("scenes:150") + Arguments{"--out", out}, "holds a run already");
  const std::string before = read_text(model);
  check_refused("classify", tiny("scenes:150") + Arguments{"--out", out, "--overwrite", "--batch", "60000"},
                "do not fill a batch");
  CHECK(read_text(model) == before);
}

TEST_CASE("one and two threads give the same classifier, bit for bit, and another seed gives another one") {
  const TemporaryFolder folder;
  const auto train = [&](const std::string& name, const Arguments& more) {
    const std::string out = (folder / name).string();
    const Result result =
        run("classify", tiny("scenes:20") + Arguments{"--alignment", "ot", "--epochs", "2", "--out", out} + more);
    INFO(result.err);
    REQUIRE(result.code == 0);
    return read_text(out + "/last.safetensors");
  };
  const std::string one = train("one", {"--threads", "1"}), two = train("two", {"--threads", "2"});
  CHECK(one.size() > 1000);
  CHECK(one == two);
  CHECK(one != train("other", {"--seed", "2"}));
}

TEST_CASE("classify trains on the unpacked folder of CIFAR-10") {
  const TemporaryFolder folder;
  folder.write("batches.meta.txt", "airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n");
  std::string pictures;  // two classes, each with its own grey
  for (int i = 0; i < 8; ++i) pictures += static_cast<char>(i % 2) + std::string(3072, static_cast<char>(i % 2 * 200));
  for (const std::string name : {"data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5"})
    folder.write(name + ".bin", pictures);
  folder.write("test_batch.bin", pictures);
  const std::string out = (folder / "run").string();
  const Result result = run("classify", {"--data", folder.path().string(), "--out", out, "--blocks", "1", "--width",
                                         "4", "--batch", "8", "--epochs", "6", "--learning-rate", "0.05"});
  INFO(result.out << result.err);
  REQUIRE(result.code == 0);
  CHECK(result.out.find("40 images to train on, 8 to test on, 10 classes: airplane") != std::string::npos);
  CHECK(log_of(out).back().at("test_accuracy").get<double>() == 1);
  CHECK_FALSE(log_of(out).back().contains("alignment"));
}

TEST_CASE("the objects to test on have the classes of those to train on; what cannot be read is an error") {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder / "images");
  intertwiner::write_image(folder / "images/a.png", gradient_image(100, 100));
  const auto write = [&](const std::string& split, const std::string& categories) {
    folder.write("annotations/instances_" + split + ".json", R"({"categories": [)" + categories + R"(],
        "images": [{"id": 1, "file_name": "a.png", "width": 100, "height": 100}], "annotations": [
        {"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 40, 40], "area": 1600, "iscrowd": 0},
        {"id": 2, "image_id": 1, "category_id": 2, "bbox": [50, 50, 40, 40], "area": 1600, "iscrowd": 0}]})");
  };
  write("train", R"({"id": 1, "name": "red"}, {"id": 2, "name": "blue"})");
  write("val", R"({"id": 1, "name": "blue"}, {"id": 2, "name": "red"}, {"id": 3, "name": "green"})");
  const std::string data = folder.path().string();
  const auto train = intertwiner::open_labelled_images(data, true, {});
  const auto test = intertwiner::open_labelled_images(data, false, {}, {}, train.class_names);
  CHECK(train.class_names == Arguments{"red", "blue"});
  CHECK(test.class_names == train.class_names);
  CHECK(train.labels.to_vector<int32_t>() == std::vector<int32_t>{0, 1});
  CHECK(test.labels.to_vector<int32_t>() == std::vector<int32_t>{1, 0});
  folder.write("images/a.png", "no picture");
  check_refused("classify", {"--data", data, "--out", (folder / "run").string()}, "a.png");
}

TEST_CASE("classify refuses wrong options and unreadable files, and writes nothing") {
  const TemporaryFolder folder;
  const std::string out = (folder / "run").string();
  check_refused("classify", {"--out", out}, "--data is missing");
  check_refused("classify", {"--data", "scenes"}, "--out is missing");
  check_refused("classify", {"--data", "scenes:9", "--out", out, "--alignment", "emd"},
                "give one of none, ot, ot-debiased, l2, kl");
  check_refused("classify", {"--data", "scenes:9", "--out", out, "--alignment-factor", "2"},
                "--alignment-factor has no effect with --alignment none");
  check_refused("classify", {"--data", "scenes:9", "--model", "none.safetensors", "--epochs", "2"},
                "--epochs has no effect with --model");
  check_refused("classify", {"--data", (folder / "none").string(), "--out", out}, (folder / "none").string());
  check_refused("classify", {"--data", "scenes:9", "--out", out, "--min-side", "200"}, "no object is at least");
  folder.write("data_batch_1.bin", "short");
  check_refused("classify", {"--data", folder.path().string(), "--out", out}, "batches.meta.txt: is missing");
  check_refused("classify", {"--data", folder.path().string(), "--out", out, "--margin", "1"},
                "--margin has no effect on CIFAR-10");
  check_refused("classify", {"--data", "scenes:9", "--model", (folder / "none.safetensors").string()},
                "none.safetensors");
  const std::string text = folder.write("text.safetensors", "no tensors").string();
  check_refused("classify", {"--data", "scenes:9", "--model", text}, text);
  CHECK_FALSE(std::filesystem::exists(out));
}
