// Training, detection and evaluation through the programs, on a few small scenes.
#include <signal.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <fstream>
#include <thread>

#include "engine/philox.h"
#include "tests/apps/run_program.h"
#include "tests/data/formats/sample_folders.h"
#include "tests/temporary_folder.h"

using namespace intertwiner;
using namespace intertwiner::tests;

namespace {

void wait_milliseconds(int64_t milliseconds) { std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds)); }

/// An image of 200×150 px with a cat, in Pascal VOC's layout.
void write_voc_image(const std::filesystem::path& data, const std::string& name) {
  for (const char* part : {"Annotations", "JPEGImages"}) std::filesystem::create_directories(data / part);
  const std::string text = voc_annotation(voc_object("cat", "5", "5", "30", "25"), 200, 150);
  std::ofstream(data / "Annotations" / (name + ".xml")) << text;
  write_image(data / "JPEGImages" / (name + ".jpg"), gradient_image(200, 150));
}

void damage_pixels(const std::filesystem::path& jpeg) {  // the header stays good
  std::string bytes = read_text(jpeg);
  bytes.at(bytes.find("\xFF\xC4") + 1) = '\xFE';  // its tables become a comment
  std::ofstream(jpeg, std::ios::binary) << bytes;
}

}  // namespace

TEST_CASE("the options of the paper's tables train, also with a buffer window of an epoch and several image scales") {
  const TemporaryFolder folder;
  const std::string window = (folder / "window").string(), projected = (folder / "projected").string();
  const Arguments options = {"--buffer", "window",   "--buffer-window",    "0",  "--large-source", "bilinear",
                             "--merge",  "separate", "--intertwiner-loss", "kl", "--steps",        "3"};
  const Result first = run("train", tiny_training() + options +
                                        Arguments{"--image-size", "0", "--short-side", "64", "--long-side", "96",
                                                  "--train-short-sides", "64,96", "--out", window});
  INFO(first.out << first.err);
  REQUIRE(first.code == 0);
  const std::string settings = read_text(folder / "window/settings.toml");
  CHECK(contains(settings, "buffer-window = "));
  CHECK(!contains(settings, "buffer-window = 0"));
  const Result second =
      run("train", tiny_training() + Arguments{"--pyramid", "none", "--level-rule", "size", "--alignment", "l2",
                                               "--steps", "1", "--eval-every", "0", "--out", projected});
  INFO(second.out << second.err);
  CHECK(second.code == 0);
}

TEST_CASE("--anchors auto trains with anchors that fit the boxes, and prints what that gains") {
  const TemporaryFolder folder;
  const Arguments training = tiny_training() + Arguments{"--steps", "1", "--eval-every", "0", "--anchors"};
  const Result fitted = run("train", training + Arguments{"auto", "--out", (folder / "run").string()});
  INFO(fitted.out << fitted.err);
  CHECK(fitted.code == 0);
  CHECK(contains(fitted.out, "anchors before: best possible recall"));
  CHECK(contains(fitted.out, "anchors fitted: best possible recall"));
  CHECK(!contains(read_text(folder / "run/settings.toml"), "anchor-ratios = [0.5, 1, 2] "));
  check_refused("train", training + Arguments{"best", "--out", (folder / "other").string()}, "give set or auto");
}

TEST_CASE("a run leaves a log, settings and checkpoints that evaluate and detect can use") {
  const TemporaryFolder folder;
  const std::string run_folder = (folder / "run").string(), best = run_folder + "/best.safetensors";
  const Result trained =
      run("train", tiny_training() + Arguments{"--steps", "4", "--eval-every", "0", "--out", run_folder});
  INFO(trained.out << trained.err);
  REQUIRE(trained.code == 0);
  CHECK(logged_steps(run_folder).size() == 4);
  CHECK(contains(trained.out, "AP of each class: rows"));
  CHECK(contains(trained.out, "/apps/detect --model " + best));
  CHECK(contains(trained.out, "image-size 64"));
  CHECK(contains(read_text(folder / "run/settings.toml"), "image-size = 64"));

  SECTION("evaluate prints both tables, with the row of --min-side") {
    const Result measured = run("evaluate", {"--model", best, "--data", "scenes:30", "--min-side", "16", "--score", "0",
                                             "--json", (folder / "found.json").string()});
    INFO(measured.out << measured.err);
    CHECK(measured.code == 0);
    CHECK(contains(measured.out, "16 px and more"));
    CHECK(contains(measured.out, "VOC at IoU 0.5"));
    CHECK(contains(read_text(folder / "found.json"), "\"category_id\""));
  }

  SECTION("detect marks the images of a data set, and then the images that it wrote") {
    const std::string out = (folder / "out").string(), again = (folder / "again").string();
    const Result found =
        run("detect", {"--model", best, "--data", "scenes:30", "--out", out, "--sheet", "2", "--score", "0"});
    INFO(found.out << found.err);
    CHECK(found.code == 0);
    CHECK(std::filesystem::exists(out + "/sheet.png"));
    CHECK(contains(read_text(out + "/detections.json"), "\"bbox\""));
    std::filesystem::remove(out + "/sheet.png");
    folder.write("out/broken.jpg", "not a picture");
    const Result repeated = run("detect", {"--model", best, out + "/*.png", out + "/broken.jpg", "--out", again});
    INFO(repeated.out << repeated.err);
    check_refused(repeated, "broken.jpg");
    CHECK(contains(repeated.out, "3 images"));
    CHECK(contains(read_text(again + "/images.json"), "file_name"));
    check_refused(run("detect", {"--model", best, out, "--out", out, "--overwrite"}), "would overwrite");
    check_refused(run("detect", {"--model", best, out + "/*.png", "--out", again}), "exists already");
  }

  SECTION("detect reports an image that is cut short and a full disk, and keeps the file that it could not replace") {
    std::filesystem::create_directories(folder / "shots");
    write_image(folder / "shots/a.jpg", gradient_image(200, 150));
    write_image(folder / "shots/b.jpg", gradient_image(200, 150));
    std::filesystem::resize_file(folder / "shots/a.jpg", std::filesystem::file_size(folder / "shots/a.jpg") / 2);
    const std::string shots = (folder / "shots").string(), out = (folder / "found").string();
    const Result cut_short = run("detect", {"--model", best, shots, "--out", out});
    check_refused(cut_short, "a.jpg is cut short");
    CHECK(contains(cut_short.out, "1 image and"));

    folder.write("found/b.jpg", "mine");
    Running full("detect", {"--model", best, shots + "/b.jpg", "--out", out, "--overwrite"}, 1000);
    check_refused(full.wait(), "b.jpg");
    CHECK(read_text(folder / "found/b.jpg") == "mine");
    CHECK(!std::filesystem::exists(folder / "found/b.jpg.tmp"));
  }

  SECTION("a run is overwritten only with --overwrite") {
    const std::string log = read_text(folder / "run/log.jsonl");
    check_refused(run("train", tiny_training() + Arguments{"--steps", "2", "--out", run_folder}),
                  "holds a run already");
    CHECK(read_text(folder / "run/log.jsonl") == log);
    const Result replaced = run(
        "train", tiny_training() + Arguments{"--steps", "1", "--eval-every", "0", "--out", run_folder, "--overwrite"});
    INFO(replaced.err);
    CHECK(replaced.code == 0);
    CHECK(logged_steps(run_folder).size() == 1);
  }

  SECTION("--overwrite on a full disk keeps the old run") {
    const std::string log = read_text(folder / "run/log.jsonl"), last = read_text(folder / "run/last.safetensors");
    const std::string old_best = read_text(best);
    Running full("train", tiny_training() + Arguments{"--steps", "1", "--out", run_folder, "--overwrite"}, 1000);
    check_refused(full.wait(), "last.safetensors: cannot be written");
    CHECK(read_text(folder / "run/log.jsonl") == log);
    CHECK(read_text(folder / "run/last.safetensors") == last);
    CHECK(read_text(best) == old_best);
  }

  SECTION("--init takes the weights that fit from a model with other channels") {
    const Result started =
        run("train", tiny_training() + Arguments{"--channels", "8", "--steps", "1", "--eval-every", "0", "--init", best,
                                                 "--out", (folder / "new").string()});
    INFO(started.out << started.err);
    CHECK(started.code == 0);
    CHECK(contains(started.out, " tensors\n"));
    CHECK(contains(started.out, "fpn"));
  }

  SECTION("a checkpoint that is cut short is refused") {
    for (const std::string name : {"best.safetensors", "last.safetensors"}) {
      const auto file = folder / "run" / name;
      std::filesystem::resize_file(file, std::filesystem::file_size(file) / 2);
    }
    check_refused(run("evaluate", {"--model", best, "--data", "scenes"}), best);
    check_refused(run("train", {"--resume", run_folder}), "last.safetensors");
  }

  SECTION("data whose classes the model does not know is refused") {
    const std::string json =
        folder
            .write("val.json", R"({"images": [{"id": 1, "file_name": "1.png", "width": 64, "height": 64}],
      "categories": [{"id": 1, "name": "zebra"}], "annotations": []})")
            .string();
    std::filesystem::create_directories(folder / "out");
    REQUIRE(run("detect", {"--model", best, "--data", "scenes:10", "--out", (folder / "out").string()}).code == 0);
    for (const auto& entry : std::filesystem::directory_iterator(folder / "out")) {
      if (entry.path().extension() == ".png") std::filesystem::copy_file(entry.path(), folder / "1.png");
    }
    const Result refused = run("evaluate", {"--model", best, "--data", json, "--split", "val"});
    INFO(refused.err);
    CHECK(refused.code == 2);
    CHECK((contains(refused.err, "zebra") || contains(refused.err, "1.png")));
  }
}

TEST_CASE(
    "a run that is killed at any moment and resumed logs the same numbers as an uninterrupted one, with any threads") {
  const TemporaryFolder folder;
  const std::string complete = (folder / "complete").string(), killed = (folder / "killed").string();
  const Arguments training = tiny_training() + Arguments{"--steps", "8", "--eval-every", "0.25", "--val-limit", "1"};
  const Result once = run("train", training + Arguments{"--threads", "1", "--out", complete});
  INFO(once.err);
  REQUIRE(once.code == 0);
  REQUIRE(logged_steps(complete).size() == 8);

  const Philox random(1, Purpose::tests);
  int64_t kills = 0;
  for (uint32_t attempt = 0; attempt < 100; ++attempt) {
    const bool has_begun = std::filesystem::exists(killed + "/last.safetensors");
    const Arguments start = training + Arguments{"--threads", "2", "--save-every", "0", "--out", killed};
    const Arguments resume = {"--resume", killed, "--threads", attempt % 2 == 0 ? "2" : "1", "--save-every", "0"};
    Running program("train", has_begun ? resume : start);
    // The time grows with the attempts, so that a slow machine reaches the end, too.
    const int64_t patience =
        static_cast<int64_t>(random.uniform(0, attempt) * 500.0f * static_cast<float>(1 + attempt / 2));
    for (int64_t waited = 0; waited < patience && !program.has_ended(); waited += 10) wait_milliseconds(10);
    if (!program.has_ended()) {
      program.send(SIGKILL);
      program.wait();
      ++kills;
      continue;
    }
    const Result result = program.wait();
    INFO(result.out << result.err);
    REQUIRE(result.code == 0);
    break;
  }
  INFO(kills << " times killed");
  CHECK(kills > 0);
  CHECK(logged_lines(killed) == logged_lines(complete));
  const Result done = run("train", {"--resume", killed});
  CHECK(done.code == 0);
  CHECK(contains(done.out, "done: 8 steps, the last 0 of them in "));
}

TEST_CASE("after SIGINT or SIGTERM train finishes the step, saves, and prints how to continue") {
  const TemporaryFolder folder;
  const std::string run_folder = (folder / "run").string();
  Running program("train", tiny_training() + Arguments{"--steps", "1000000", "--eval-every", "0", "--out", run_folder});
  REQUIRE(wait_for_steps(program, run_folder, 2));
  program.send(SIGINT);
  const Result stopped = program.wait();
  INFO(stopped.out << stopped.err);
  CHECK(stopped.code == 130);
  CHECK(contains(stopped.out, "/train --resume " + run_folder));

  const size_t steps = logged_steps(run_folder).size();
  Running resumed("train", {"--resume", run_folder});
  REQUIRE(wait_for_steps(resumed, run_folder, steps + 1));
  check_refused(run("train", {"--resume", run_folder}), "another process");
  resumed.send(SIGTERM);
  const Result again = resumed.wait();
  INFO(again.out << again.err);
  CHECK(again.code == 143);
  CHECK(logged_steps(run_folder).size() > steps);
  CHECK(contains(again.out, "after step " + std::to_string(steps)));
}

TEST_CASE("a full disk ends the run in one line, without a broken checkpoint") {
  const TemporaryFolder folder;
  const std::string run_folder = (folder / "run").string();
  Running program("train", tiny_training() + Arguments{"--steps", "2", "--out", run_folder}, 1 << 20);
  const Result result = program.wait();
  check_refused(result, "last.safetensors");
  for (const auto& entry : std::filesystem::directory_iterator(run_folder))
    CHECK(entry.path().filename() == "log.jsonl");
}

TEST_CASE("a disk that fills during a run ends it in one line, and the run can be resumed from its last checkpoint") {
  const TemporaryFolder folder;
  const std::string run_folder = (folder / "run").string();
  Running program(
      "train",
      tiny_training() + Arguments{"--steps", "1000000", "--eval-every", "0", "--save-every", "0", "--out", run_folder},
      int64_t{1} << 40);
  REQUIRE(wait_for_steps(program, run_folder, 3));
  program.lower_file_limit(1 << 20);
  check_refused(program.wait(), "last.safetensors");
  CHECK(!std::filesystem::exists(run_folder + "/last.safetensors.tmp"));

  const size_t steps = logged_steps(run_folder).size();
  Running resumed("train", {"--resume", run_folder});
  CHECK(wait_for_steps(resumed, run_folder, steps + 1));
  resumed.send(SIGTERM);
  CHECK(resumed.wait().code == 143);
}

TEST_CASE("an image that is cut short ends training with its name; after its repair the run can be resumed") {
  const TemporaryFolder folder;
  const std::string run_folder = (folder / "run").string();
  const auto picture = folder / "voc/JPEGImages/a.jpg";
  folder.write("voc/Annotations/a.xml", voc_annotation(voc_object("cat", "50", "50", "120", "110"), 200, 150));
  std::filesystem::create_directories(picture.parent_path());
  write_image(picture, gradient_image(200, 150));
  const std::string complete = read_text(picture);
  std::filesystem::resize_file(picture, complete.size() / 2);
  check_refused(run("train", tiny_training() + Arguments{"--data", (folder / "voc").string(), "--steps", "20",
                                                         "--eval-every", "0", "--out", run_folder}),
                "a.jpg is cut short");
  const size_t steps = logged_steps(run_folder).size();
  CHECK(steps < 20);
  folder.write("voc/JPEGImages/a.jpg", complete);
  const Result resumed = run("train", {"--resume", run_folder});
  INFO(resumed.out << resumed.err);
  CHECK(resumed.code == 0);
  CHECK(contains(resumed.out, "after step " + std::to_string(steps)));
  CHECK(logged_steps(run_folder).size() == 20);
}

TEST_CASE("a loss that is not finite ends the run with the step, the loss and the images") {
  const TemporaryFolder folder;
  const std::string run_folder = (folder / "run").string();
  const Result result = run("train", tiny_training() + Arguments{"--steps", "200", "--eval-every", "0", "--clip-norm",
                                                                 "0", "--learning-rate", "10", "--out", run_folder});
  check_refused(result, "scene");
  CHECK(contains(result.err, "step "));
  CHECK(contains(result.err, "lower learning rate"));
  CHECK(std::filesystem::exists(run_folder + "/last.safetensors"));
}

TEST_CASE("--tensorboard writes a file of events, and --log-gradients the gradients of the losses") {
  const TemporaryFolder folder;
  const std::string run_folder = (folder / "run").string(), events = (folder / "events").string();
  const Result trained = run("train", tiny_training() + Arguments{"--steps", "2", "--eval-every", "0", "--tensorboard",
                                                                  events, "--log-gradients", "2", "--out", run_folder});
  INFO(trained.out << trained.err);
  REQUIRE(trained.code == 0);
  for (const auto& entry : std::filesystem::directory_iterator(events)) {
    const std::string text = read_text(entry.path());
    for (const char* tag : {"loss/total", "loss/class", "train/learning_rate", "AP/AP50"}) CHECK(contains(text, tag));
  }
  const std::string log = read_text(run_folder + "/log.jsonl");
  CHECK(contains(log, "\"gradients\":{\"critic\":{\"class\":"));
  CHECK(lines_of(log).size() == 3);
  check_refused("train",
                tiny_training() + Arguments{"--no-intertwiner", "--head-input", "pooled", "--log-gradients", "1",
                                            "--out", (folder / "other").string()},
                "does not have");
  check_refused(
      "train",
      tiny_training() + Arguments{"--patience", "3", "--eval-every", "0", "--out", (folder / "other").string()},
      "patience");
  check_refused(
      "train", tiny_training() + Arguments{"--show-batch", "2", "--init", "none", "--out", (folder / "other").string()},
      "--init has no effect");
}

TEST_CASE("--eval-every never trains without evaluation") {
  const TemporaryFolder folder;
  const Result result = run("train", tiny_training() + Arguments{"--steps", "2", "--eval-every", "never", "--out",
                                                                 (folder / "run").string()});
  INFO(result.out << result.err);
  CHECK(result.code == 0);
  CHECK(contains(result.out, "the run is not evaluated"));
  CHECK(!contains(result.out, "AP of each class"));
  CHECK(std::filesystem::exists(folder / "run/best.safetensors"));
  CHECK(std::filesystem::exists(folder / "run/report.html"));
}

TEST_CASE("with --minutes the clock ends the training") {
  const TemporaryFolder folder;
  const Result result =
      run("train", tiny_training() + Arguments{"--minutes", "0.05", "--out", (folder / "run").string()});
  INFO(result.out << result.err);
  CHECK(result.code == 0);
  CHECK(contains(result.out, "0.05 minutes are about "));
  CHECK(contains(result.out, "done: " + std::to_string(logged_steps(folder / "run").size()) + " steps in "));
}

TEST_CASE("images that cannot be read are left out of training and evaluation, named, and end in exit code 2") {
  const TemporaryFolder folder;
  const std::string data = (folder / "data").string();
  for (const char* name : {"a", "b", "c", "d", "e"}) write_voc_image(folder / "data", name);
  folder.write("data/JPEGImages/b.jpg", "not an image");
  folder.write("data/Annotations/d.xml", "<annotation>");
  const Result trained =
      run("train", tiny_training(data) + Arguments{"--steps", "1", "--out", (folder / "run").string()});
  INFO(trained.out << trained.err);
  CHECK(trained.code == 2);
  CHECK(contains(trained.out, "3 images"));
  CHECK(contains(trained.err, "b.jpg is not a JPEG, PNG or BMP image"));
  CHECK(contains(trained.err, "d.xml is broken XML"));
  CHECK(contains(trained.err, "2 images were left out"));
  REQUIRE(std::filesystem::exists(folder / "run/best.safetensors"));

  // The header of e.jpg is good, its pixels are not.
  damage_pixels(folder / "data/JPEGImages/e.jpg");
  const Result evaluated = run("evaluate", {"--model", (folder / "run/best.safetensors").string(), "--data", data,
                                            "--split", "train", "--json", (folder / "found.json").string()});
  INFO(evaluated.out << evaluated.err);
  CHECK(evaluated.code == 2);
  CHECK(contains(evaluated.out, "2 images"));
  CHECK(contains(evaluated.err, "e.jpg"));
  CHECK(contains(evaluated.err, "3 images were left out"));
}

TEST_CASE("a validation image with damaged pixels is left out, named, and ends in exit code 2") {
  const TemporaryFolder folder;
  for (const char* part : {"data", "val"})
    for (const char* name : {"a", "b"}) write_voc_image(folder / part, name);
  damage_pixels(folder / "val/JPEGImages/b.jpg");
  const Result trained = run("train", tiny_training((folder / "data").string()) +
                                          Arguments{"--val-data", (folder / "val").string(), "--val-split", "train",
                                                    "--steps", "1", "--out", (folder / "run").string()});
  INFO(trained.out << trained.err);
  CHECK(trained.code == 2);
  CHECK(contains(trained.out, "b.jpg"));
  CHECK(contains(trained.err, "train: error: validation images that could not be read and were left out: 1;"));
}
