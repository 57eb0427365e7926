// Errors of the user: one line with what, where and what to do, and exit code 2.
#include <catch2/catch.hpp>
#include <regex>

#include "data/images/image_io.h"
#include "tests/apps/run_program.h"
#include "tests/sanitizer.h"
#include "tests/skip.h"
#include "tests/temporary_folder.h"

using namespace intertwiner::tests;

TEST_CASE("the help shows the defaults of faster-rcnn-r18, or those of --preset") {
  const Result plain = run("train", {"--help"});
  CHECK(plain.code == 0);
  CHECK(plain.out.find("--learning-rate") != std::string::npos);
  CHECK(plain.out.find("pyramid map [128]") != std::string::npos);
  const std::string on_one_line = std::regex_replace(plain.out, std::regex("\\s+"), " ");
  CHECK(contains(on_one_line, "weight decay near 0.05; one of sgd, adamw [adamw]"));
  const Result paper = run("train", {"--help", "--preset", "internet-r50"});
  CHECK(paper.out.find("pyramid map [256]") != std::string::npos);
  CHECK(run("detect", {"--help"}).out.find("--draw-score") != std::string::npos);
  CHECK(run("evaluate", {"--help"}).out.find("--min-side") != std::string::npos);
  CHECK(run("study", {"--help"}).out.find("--seeds") != std::string::npos);
  CHECK(run("features", {"--help"}).out.find("\nExit codes: 0: done. 1: an error") != std::string::npos);
}

TEST_CASE("the option --version prints the program's name and version") {
  for (const std::string program : {"train", "detect", "evaluate", "study", "features"}) {
    const Result result = run(program, {"--version"});
    CHECK(result.code == 0);
    CHECK(result.out.find(program + " 0.") == 0);
  }
}

TEST_CASE("options that are unknown, missing, without a value or out of range are refused") {
  check_refused("train", {}, "--data is missing");
  check_refused("train", {"--data", "scenes"}, "--out is missing");
  check_refused("train", {"--learning-rat", "1"}, "--learning-rat");
  check_refused("train", {"--minute=3"}, "nor the value of one; is --minutes meant? see train --help");
  check_refused("train", {"-minutes", "3"}, "is --minutes meant?");
  check_refused("train", {"--eval-every", "often", "--data", "none", "--out", "x"},
                "give a number from 0 to 1000000, auto or never");
  check_refused("train", {"--shuffle"}, "nor the value of one; see train --help");
  check_refused("detect", {"--learning-rat", "3"}, "nor the value of one; see detect --help");
  check_refused("train", {"--batch"}, "value is missing");
  check_refused("train", {"--batch", "0", "--data", "scenes", "--out", "x"},
                "\"0\" is not allowed; give an integer from 1 to");
  check_refused("train", {"--limit", "-3"}, "--limit: \"-3\" is not allowed");
  check_refused("train", {"--preset", "huge", "--data", "scenes", "--out", "x"}, "faster-rcnn-small");
  check_refused("train", {"--epochs", "1", "--steps", "2", "--data", "scenes", "--out", "x"}, "exclude each other");
  check_refused("train", {"--resume", "x", "--batch", "3"}, "--batch cannot be changed");
  check_refused("detect", {"picture.jpg"}, "--model is missing");
  check_refused("detect", {"--model", "none.safetensors", "--out", "x"}, "give either images");
  check_refused("evaluate", {"--data", "scenes"}, "--model is missing");
  check_refused("evaluate", {"--nms", "1.5", "--data", "scenes", "--model", "none.safetensors"}, "none.safetensors");
}

TEST_CASE("unknown keys, sections and wrong values in the file of --config are refused with the name of the file") {
  const TemporaryFolder folder;
  const auto refuse = [&](const std::string& toml, const std::string& says) {
    const std::string file = folder.write("run.toml", toml).string();
    const Arguments arguments = {"--config", file, "--data", "scenes", "--out", (folder / "run").string()};
    check_refused("train", arguments, file);
    check_refused("train", arguments, says);
  };
  refuse("learning-rat = 0.1\n", "\"learning-rat\" is not an option");
  refuse("wieght-decay = 0.1\n", "is weight-decay meant? see train --help");
  refuse("confi = 0.1\n", "is not an option; see train --help");
  refuse("[training]\nbatch = 2\n", "section [training]");
  refuse("batch = 5000\n", "\"5000\" is not allowed");
  refuse("nonsense\n", "run.toml:1: is not TOML");
  refuse("seed = 1 batch = 3\n", "run.toml:1: is not TOML");
  refuse("\nbatch = [3]\n", "run.toml:2: batch: a list is not allowed");
  check_refused("train", {"--config", (folder / "none.toml").string()}, "cannot be read");
}

TEST_CASE("missing or broken data is refused with the name of the file") {
  const TemporaryFolder folder;
  const std::string out = (folder / "run").string();
  check_refused("train", {"--data", (folder / "none").string(), "--out", out}, (folder / "none").string());
  check_refused("train", {"--data", "scenes", "--split", "test", "--out", out}, "split");
  const std::string json = folder.write("train.json", "{\"images\": [").string();
  check_refused("train", {"--data", json, "--out", out}, json);
  folder.write("voc/Annotations/1.xml", "<annotation><size>");
  folder.write("voc/JPEGImages/1.jpg", "not a picture");
  folder.write("voc/ImageSets/Main/train.txt", "1\n");
  check_refused("train", {"--data", (folder / "voc").string(), "--out", out}, "1.xml");
  intertwiner::write_image(folder / "voc/JPEGImages/1.png", {40, 30, std::vector<uint8_t>(3600)});
  std::filesystem::remove(folder / "voc/JPEGImages/1.jpg");
  folder.write("voc/Annotations/1.xml",
               "<annotation><object><name>cat</name><bndbox><xmin>1</xmin><ymin>1</ymin>"
               "<xmax>9</xmax><ymax>9</ymax></bndbox></object></annotation>");
  check_refused("train", {"--data", (folder / "voc").string(), "--out", out, "--max-pixels", "1199"},
                "40×30 pixels, more than the limit of 1199");
  CHECK(!std::filesystem::exists(out));
}

TEST_CASE("an output folder that cannot be written is refused before training begins") {
  const TemporaryFolder folder;
  const std::string file = folder.write("file", "mine").string();
  check_refused("train", tiny_training() + Arguments{"--steps", "1", "--out", file + "/run"}, file + "/run");
  CHECK(read_text(file) == "mine");
}

TEST_CASE("missing files and files that are not checkpoints are refused") {
  const TemporaryFolder folder;
  const std::string none = (folder / "none.safetensors").string();
  const std::string other = folder.write("other.safetensors", std::string(1000, 'x')).string();
  for (const std::string& file : {none, other}) {
    check_refused("evaluate", {"--model", file, "--data", "scenes"}, file);
    check_refused("detect", {"--model", file, "--out", (folder / "out").string(), "picture.jpg"}, file);
    check_refused("train", tiny_training() + Arguments{"--init", file, "--out", (folder / "run").string()}, file);
  }
  check_refused("train", {"--resume", (folder / "run").string()}, (folder / "run").string());
  check_refused("train", {"--resume", folder.path().string()}, "last.safetensors");
}

#ifdef INTERTWINER_X86_KERNELS
TEST_CASE("on a processor without AVX2 a program says so in one line") {
  if (kHasSanitizer) return skip("a sanitizer does not run under qemu");
  const char* emulator = "/usr/bin/qemu-x86_64-static";
  if (!std::filesystem::exists(emulator)) return skip("no qemu-x86_64-static; install qemu-user-static");
  const std::string program = INTERTWINER_PROGRAMS "/detect";
  const Result old = run(emulator, {"-cpu", "Nehalem", program, "--help"});
  CHECK(old.code == 2);
  CHECK(old.err ==
        "detect: error: this processor has no AVX2 and FMA instructions, which this build needs; build with "
        "-Dcpu=portable\n");
  CHECK(old.out.empty());
}
#endif
