// The programs in several processes, started by mpirun.
#include <signal.h>
#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <thread>

#include "data/images/image_io.h"
#include "tests/data/formats/sample_folders.h"
#include "tests/data/images/sample_images.h"
#include "tests/mpi_launch.h"
#include "tests/read_text.h"
#include "tests/skip.h"
#include "tests/temporary_folder.h"

namespace intertwiner {
namespace {

namespace fs = std::filesystem;
using tests::Arguments;
using tests::operator+;

Arguments processes(int count, const std::string& program, const Arguments& arguments) {
  return tests::under_mpi(count, std::string(INTERTWINER_PROGRAMS) + "/" + program, arguments);
}

tests::Result run_processes(int count, const std::string& program, const Arguments& arguments) {
  return tests::run(tests::mpirun(), processes(count, program, arguments));
}

Arguments sharded_training(const fs::path& out) {
  return tests::tiny_training() + Arguments{"--batch", "4",          "--shards", "4",     "--ema-decay",
                                            "0.9",     "--val-data", "scenes:7", "--out", out.string()};
}

/// A training by two processes that goes on until it is ended. Each process leaves its number in `folder`.
Arguments endless_training(const tests::TemporaryFolder& folder, const fs::path& out) {
  const std::string announced = "echo $$ > " + (folder / "pid.").string() + "$OMPI_COMM_WORLD_RANK; exec \"$@\"";
  const Arguments train = Arguments{"-c", announced, "sh", std::string(INTERTWINER_PROGRAMS) + "/train"} +
                          sharded_training(out) +
                          Arguments{"--steps", "1000000", "--eval-every", "0", "--save-every", "0"};
  return tests::under_mpi(2, "/bin/sh", train);
}

pid_t process(const tests::TemporaryFolder& folder, int rank) {
  return std::stoi(tests::read_text(folder / ("pid." + std::to_string(rank))));
}

void check_same_run(const fs::path& a, const fs::path& b) {
  CHECK(tests::logged_lines(a) == tests::logged_lines(b));
  for (const char* file : {"last.safetensors", "best.safetensors", "detections.json"}) {
    INFO(file);
    CHECK(fs::exists(a / file) == fs::exists(b / file));
    if (fs::exists(a / file)) CHECK((tests::read_text(a / file) == tests::read_text(b / file)));
  }
}

/// Resumes the run. The processes of a killed mpirun take a moment to end; until then they hold the log and save.
tests::Result resumed_when_free(const fs::path& run) {
  for (int tries = 0;; ++tries) {
    const tests::Result result = tests::run("train", {"--resume", run.string()});
    if (tries == 60 || !tests::contains(result.err, "another process")) return result;
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
  }
}

}  // namespace

TEST_CASE("a training in 2 and 4 processes has the bits of one process, also when it goes on with another number") {
  if (const std::string reason = tests::why_no_mpi(); !reason.empty()) return tests::skip(reason);
  const tests::TemporaryFolder folder;
  const Arguments length = {"--steps", "6", "--eval-every", "0.5"};
  REQUIRE(tests::run("train", sharded_training(folder / "one") + length).code == 0);
  for (const int count : {2, 4}) {
    const fs::path run = folder / std::to_string(count);
    const tests::Result result = run_processes(count, "train", sharded_training(run) + length);
    INFO(result.out << result.err);
    CHECK(result.code == 0);
    CHECK(tests::count_of(result.out, "done: 6 steps") == 1);
    check_same_run(folder / "one", run);
  }

  // Stopped by SIGTERM, then killed, each time with another number of processes.
  const fs::path run = folder / "stopped";
  const Arguments whole = {"--steps", "60", "--eval-every", "0", "--save-every", "0"};
  tests::Running first(tests::mpirun(), processes(2, "train", sharded_training(run) + whole));
  REQUIRE(tests::wait_for_steps(first, run, 2));
  first.send(SIGTERM);
  const tests::Result stopped = first.wait();
  INFO(stopped.out << stopped.err);
  CHECK(tests::count_of(stopped.out, "saved; to continue") == 1);
  const size_t done = tests::logged_steps(run).size();
  CHECK(done < 60);
  tests::Running second(tests::mpirun(), processes(4, "train", {"--resume", run.string()}));
  REQUIRE(tests::wait_for_steps(second, run, done + 2));
  second.send(SIGKILL);
  second.wait();
  REQUIRE(resumed_when_free(run).code == 0);
  REQUIRE(tests::run("train", sharded_training(folder / "whole") + whole).code == 0);
  check_same_run(folder / "whole", run);
}

TEST_CASE("a mistake in a training of several processes is printed once") {
  if (const std::string reason = tests::why_no_mpi(); !reason.empty()) return tests::skip(reason);
  const tests::TemporaryFolder folder;
  struct Mistake {
    int count;
    Arguments arguments;
    std::string says;
  };
  const Arguments start = sharded_training(folder / "run") + Arguments{"--steps", "1"};
  for (const Mistake& mistake : std::vector<Mistake>{
           {2, {"--steps"}, "train: error: --steps: its value is missing"},
           {2, {"--data", "nowhere", "--out", (folder / "run").string()}, "train: error: there is no folder or file"},
           {2, start + Arguments{"--precision", "bf16"}, "train: error: --precision bf16 is for --device cuda"},
           {2, start + Arguments{"--communication", "nccl"}, "train: error: --communication nccl is for --device cuda"},
           {2, {"--resume", "nowhere", "--steps", "5"}, "train: error: --steps cannot be changed with --resume"},
           {3, start, "train: error: 3 processes cannot share 4 shards equally"},
           {2, start + Arguments{"--batch", "32"}, "train: error: the data set has 24 images to train on"},
           {2, start + Arguments{"--shards", "3"}, "train: error: shards: a batch of 4 images has no 3 equal parts"}}) {
    const tests::Result result = run_processes(mistake.count, "train", mistake.arguments);
    INFO(result.out << result.err);
    CHECK(result.code == 2);
    CHECK(tests::count_of(result.err, "error: ") == 1);
    CHECK(tests::count_of(result.err, mistake.says) == 1);
  }
}

TEST_CASE("a picture that one process cannot read ends all; once repaired, the run goes on to the same bits") {
  if (const std::string reason = tests::why_no_mpi(); !reason.empty()) return tests::skip(reason);
  const tests::TemporaryFolder folder;
  const std::string data = (folder / "data").string();
  fs::create_directories(folder / "data/JPEGImages");
  for (const char* name : {"a", "b"}) {
    folder.write(std::string("data/Annotations/") + name + ".xml",
                 tests::voc_annotation(tests::voc_object("cat", "5", "5", "30", "25"), 200, 150));
    write_image(folder / "data/JPEGImages" / (std::string(name) + ".jpg"), tests::gradient_image(200, 150));
  }
  const auto training = [&](const fs::path& out) {
    return tests::tiny_training(data) +
           Arguments{"--shards", "2", "--steps", "3", "--val-split", "none", "--out", out.string()};
  };
  REQUIRE(tests::run("train", training(folder / "whole")).code == 0);
  for (const std::string name : {"a", "b"}) {  // each process reads one of them
    const fs::path image = folder / "data/JPEGImages" / (name + ".jpg"), run = folder / ("run-" + name);
    const std::string good = tests::read_text(image);
    std::string damaged = good;  // the header is good, the pixels are not
    damaged[damaged.find("\xFF\xC4") + 1] = '\xFE';
    folder.write("data/JPEGImages/" + name + ".jpg", damaged);
    const tests::Result result = run_processes(2, "train", training(run));
    INFO(result.out << result.err);
    CHECK(result.code == 2);
    CHECK(tests::count_of(result.err, "train: error: ") == 1);
    CHECK(tests::contains(result.err, name + ".jpg"));
    folder.write("data/JPEGImages/" + name + ".jpg", good);
    CHECK(run_processes(2, "train", {"--resume", run.string()}).code == 0);
    check_same_run(folder / "whole", run);
  }
}

TEST_CASE("a full disk of the first process ends all, and the last checkpoint is whole") {
  if (const std::string reason = tests::why_no_mpi(); !reason.empty()) return tests::skip(reason);
  const tests::TemporaryFolder folder;
  const fs::path run = folder / "run";
  tests::Running program(tests::mpirun(), endless_training(folder, run));
  REQUIRE(tests::wait_for_steps(program, run, 2));
  const rlimit limit = {.rlim_cur = 100, .rlim_max = 100};  // bytes of a file
  REQUIRE(prlimit(process(folder, 0), RLIMIT_FSIZE, &limit, nullptr) == 0);
  const tests::Result result = program.wait();
  INFO(result.out << result.err);
  CHECK(result.code == 2);
  CHECK(tests::count_of(result.err, "train: error: ") == 1);
  CHECK(tests::contains(result.err, "cannot be written"));
  CHECK(tests::run("evaluate", {"--model", (run / "last.safetensors").string(), "--data", "scenes:2"}).code == 0);
}

TEST_CASE("a killed process ends the others within 30 seconds, and the last checkpoint is whole") {
  if (const std::string reason = tests::why_no_mpi(); !reason.empty()) return tests::skip(reason);
  const tests::TemporaryFolder folder;
  const fs::path run = folder / "run";
  tests::Running program(tests::mpirun(), endless_training(folder, run));
  REQUIRE(tests::wait_for_steps(program, run, 2));
  const auto start = std::chrono::steady_clock::now();
  REQUIRE(kill(process(folder, 1), SIGKILL) == 0);
  CHECK(program.wait().code != 0);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(30));
  CHECK(tests::run("evaluate", {"--model", (run / "last.safetensors").string(), "--data", "scenes:2"}).code == 0);
}

TEST_CASE("processes share the runs of a study; a stop ends all of them, and an error of one is not kept back") {
  if (const std::string reason = tests::why_no_mpi(); !reason.empty()) return tests::skip(reason);
  const tests::TemporaryFolder folder;
  const auto study = [&](const std::string& out, const std::string& rows, const std::string& epochs) {
    return tests::tiny_training() + Arguments{"--table",     "2a",   "--rows",       rows,
                                              "--epochs",    epochs, "--eval-every", "0",
                                              "--val-limit", "2",    "--out",        (folder / out).string()};
  };
  const std::string both = "baseline,intertwiner";
  const tests::Result alone = tests::run("study", study("alone", both, "1"));
  REQUIRE(alone.code == 0);
  const tests::Result shared = run_processes(2, "study", study("shared", both, "1"));
  INFO(shared.out << shared.err);
  CHECK(shared.code == 0);
  CHECK(tests::read_text(folder / "shared/table-2a.csv") == tests::read_text(folder / "alone/table-2a.csv"));

  {  // The second process has no run to train.
    tests::Running stopped(tests::mpirun(), processes(2, "study", study("stopped", "baseline", "1000")));
    REQUIRE(tests::wait_for_steps(stopped, folder / "stopped/baseline/seed-1", 2));
    stopped.send(SIGTERM);
    const tests::Result result = stopped.wait();
    INFO(result.out << result.err);
    CHECK(tests::count_of(result.out, "saved; to continue") == 1);
    CHECK(fs::exists(folder / "stopped/table-2a.md"));  // both processes ended by themselves
  }
  fs::create_directories(folder / "broken/intertwiner/seed-1/log.jsonl");
  const tests::Result broken = run_processes(2, "study", study("broken", both, "1000000"));
  INFO(broken.out << broken.err);
  CHECK(broken.code == 2);
  CHECK(tests::count_of(broken.err, "study: error: ") == 1);
}

TEST_CASE("processes share the images of a detection") {
  if (const std::string reason = tests::why_no_mpi(); !reason.empty()) return tests::skip(reason);
  const tests::TemporaryFolder folder;
  REQUIRE(tests::run("train", tests::tiny_training() + Arguments{"--steps", "4", "--out", (folder / "run").string()})
              .code == 0);
  const auto options = [&](const std::string& out) {
    return Arguments{"--model",  (folder / "run/last.safetensors").string(),
                     "--data",   "scenes:5",
                     "--score",  "0.01",
                     "--format", "coco,csv",
                     "--sheet",  "4",
                     "--out",    (folder / out).string()};
  };
  const tests::Result alone = tests::run("detect", options("1"));
  REQUIRE(alone.code == 0);
  for (const int count : {2, 3, 7}) {
    const std::string out = std::to_string(count);
    const tests::Result shared = run_processes(count, "detect", options(out));
    INFO(shared.out << shared.err);
    CHECK(shared.code == 0);
    CHECK(tests::count_of(shared.out, "\n") == tests::count_of(alone.out, "\n"));
    for (const auto& entry : fs::directory_iterator(folder / "1")) {
      INFO(entry.path().filename().string());
      CHECK(tests::read_text(entry.path()) == tests::read_text(folder / out / entry.path().filename().string()));
    }
  }
}

}  // namespace intertwiner
