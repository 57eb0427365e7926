// detect --video: files, pipes, signals, and Debian's ffmpeg at both ends.
#include <signal.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "data/video/frame_pixels.h"
#include "engine/files/json.h"
#include "tests/apps/run_program.h"
#include "tests/data/formats/sample_folders.h"
#include "tests/data/video/sample_video.h"
#include "tests/skip.h"
#include "tests/temporary_folder.h"

namespace intertwiner::tests {
namespace {

namespace fs = std::filesystem;

const std::string kFfmpeg = "/usr/bin/ffmpeg";

/// Runs a line of shell. The exit code is the line's; set by the last program of a pipe, unless it says otherwise.
Result shell(const std::string& line) { return run("/bin/sh", {"-c", line}); }

/// "detect" with a tiny model that finds objects everywhere, as a part of a shell line.
std::string detect_with_tiny_model(const TemporaryFolder& folder) {
  const std::string run_folder = (folder / "run").string();
  const Result trained =
      run("train", tiny_training() + Arguments{"--steps", "1", "--eval-every", "0", "--out", run_folder});
  INFO(trained.err);
  REQUIRE(trained.code == 0);
  return (fs::path(INTERTWINER_PROGRAMS) / "detect").string() + " --model " + run_folder +
         "/best.safetensors --score 0 --draw-score 0.1 ";
}

std::vector<VideoFrame> frames_of(const std::string& bytes) {
  std::vector<VideoFrame> frames;
  VideoReader reader(source_of(bytes), "video");
  for (VideoFrame frame; reader.read(frame);) frames.push_back(frame);
  return frames;
}

std::string header_of(const std::string& video) { return video.substr(0, video.find('\n')); }

}  // namespace

TEST_CASE("a video keeps its header and frames; JSON has a line for each; files and pipes give the same bytes") {
  const TemporaryFolder folder;
  const std::string detect = detect_with_tiny_model(folder);
  std::string video = noise_video("W64 H48 F25:2 Ip A1:1 C420jpeg Xmine=1", 3);
  video = replaced(video, "FRAME\n", "FRAME Xb=c\n");
  const std::string in = folder.write("in.y4m", video).string(), out = (folder / "out.y4m").string();
  const std::string json = (folder / "out.jsonl").string();

  const Result by_file = shell(detect + "--video " + in + " --out " + out + " --json " + json);
  INFO(by_file.out << by_file.err);
  REQUIRE(by_file.code == 0);
  CHECK(contains(by_file.out, "3 frames in "));
  CHECK(by_file.err == "");
  const std::string written = read_text(out);
  CHECK(header_of(written) == header_of(video));
  const std::vector<VideoFrame> before = frames_of(video), after = frames_of(written);
  REQUIRE(after.size() == 3);
  CHECK(after[0].header == "FRAME Xb=c");
  for (size_t i = 0; i < 3; ++i) CHECK(after[i].samples != before[i].samples);

  const std::vector<std::string> lines = lines_of(read_text(json));
  REQUIRE(lines.size() == 3);
  for (int64_t i = 0; i < 3; ++i) {
    const Json line = Json::parse(lines[static_cast<size_t>(i)]);
    CHECK(line["frame"].get<int64_t>() == i);
    CHECK(line["time"].get<double>() == Approx(0.08 * static_cast<double>(i)));
    REQUIRE(line["detections"].size() > 0);
    const Json& first = line["detections"][0];
    CHECK(first["bbox"].get<std::vector<double>>().size() == 4);
    CHECK((first["score"].get<double>() > 0 && first["score"].get<double>() <= 1));
    CHECK(first["class"].is_string());
  }

  const Result by_pipe = shell("cat " + in + " | " + detect + "--video - --out -");
  CHECK(by_pipe.code == 0);
  CHECK(by_pipe.out == written);
  CHECK(contains(by_pipe.err, "3 frames in "));
  const Result json_by_pipe = shell("cat " + in + " | " + detect + "--video - --json - --threads 1");
  CHECK(json_by_pipe.out == read_text(json));

  check_refused(shell(detect + "--video " + in + " --out " + out), "exists already");
  CHECK(shell(detect + "--video " + in + " --out " + out + " --overwrite").code == 0);

  // Nothing is drawn: every byte passes through.
  const Result undrawn = shell(detect + "--draw-score 1 --video - --out - < " + in);
  CHECK(undrawn.out == video);
  const Result rows = shell(detect + "--classes rows --video - --json - < " + in);
  CHECK(contains(rows.out, "\"class\":\"rows\""));
  CHECK(!contains(rows.out, "\"class\":\"rings\""));
  const Result tiled = shell(detect + "--tile 32 --video - --json - < " + in);
  CHECK(lines_of(tiled.out).size() == 3);
  CHECK(tiled.out != json_by_pipe.out);
}

TEST_CASE("a video that is cut within a frame ends with exit code 2 after the frames before the cut") {
  const TemporaryFolder folder;
  const std::string detect = detect_with_tiny_model(folder);
  const std::string video = noise_video("W64 H48", 3);
  const std::string in = folder.write("in.y4m", video.substr(0, video.size() - 10)).string();
  const std::string out = (folder / "out.y4m").string();
  check_refused(shell(detect + "--video " + in + " --out " + out), in + " ends within frame 2");
  CHECK(frames_of(read_text(out)).size() == 2);
  const Result by_pipe = shell(detect + "--video - --json - < " + in);
  CHECK(by_pipe.code == 2);
  CHECK(lines_of(by_pipe.out).size() == 2);
  CHECK(contains(by_pipe.out, "\"time\":null"));
  CHECK(contains(by_pipe.err, "standard input ends within frame 2"));

  // Without a whole frame, an old file stays.
  const std::string mine = folder.write("mine.y4m", "mine").string();
  const std::string none = folder.write("none.y4m", video.substr(0, 100)).string();
  check_refused(shell(detect + "--video " + none + " --out " + mine + " --overwrite"), "ends within frame 0");
  CHECK(read_text(mine) == "mine");
  CHECK(!fs::exists(mine + ".tmp"));
  CHECK(shell(detect + "--video - --out - < /dev/null").err ==
        "detect: error: standard input is empty; look at the messages of the program that writes it\n");
}

TEST_CASE("if the reader of standard output closes it, detect stops without an error") {
  const TemporaryFolder folder;
  const std::string detect = detect_with_tiny_model(folder);
  const std::string in = folder.write("in.y4m", noise_video("W64 H48", 40)).string();
  for (const std::string output : {"--out -", "--json -"}) {
    const Result result =
        shell("{ " + detect + "--video " + in + " " + output + "; echo \"code $?\" >&2; } | head -c 1000 | wc -c");
    INFO(result.err);
    CHECK(contains(result.out, "1000"));
    CHECK(contains(result.err, "code 0\n"));
    CHECK(!contains(result.err, "error"));
    CHECK(!contains(result.err, "40 frames"));
  }
}

TEST_CASE("a standard output that cannot be written ends detect with exit code 2") {
  const TemporaryFolder folder;
  const std::string detect = detect_with_tiny_model(folder);
  const std::string in = folder.write("in.y4m", noise_video("W64 H48", 3)).string();
  const Result full = shell(detect + "--video " + in + " --json - > /dev/full");
  CHECK(full.code == 2);
  CHECK(contains(full.err, "standard output cannot be written (No space left on device)"));
}

TEST_CASE("after SIGINT or SIGTERM detect finishes the frame and completes its files, even if no frame comes") {
  const TemporaryFolder folder;
  const std::string detect = detect_with_tiny_model(folder);
  const std::string video = folder.write("in.y4m", noise_video("W64 H48", 2)).string();
  for (const auto& [signal, code] : {std::pair{SIGINT, 130}, {SIGTERM, 143}}) {
    const std::string out = (folder / ("out" + std::to_string(code) + ".y4m")).string();
    // The pipe stays open after two frames, as a camera's does. exec: the signal must reach detect, not the shell.
    const std::string feed = (folder / ("feed" + std::to_string(code))).string();
    REQUIRE(shell("mkfifo " + feed).code == 0);
    Running feeder("/bin/sh", {"-c", "exec 3> " + feed + "; cat " + video + " >&3; exec sleep 60"});
    Running program("/bin/sh", {"-c", "exec " + detect + "--video - --out " + out + " < " + feed});
    const size_t whole = fs::file_size(video);
    for (int i = 0; i < 1500 && !program.has_ended(); ++i) {
      std::error_code missing;
      if (fs::file_size(out + ".tmp", missing) == whole) break;
      REQUIRE(shell("sleep 0.02").code == 0);
    }
    program.send(signal);
    const Result result = program.wait();
    INFO(result.out << result.err);
    CHECK(result.code == code);
    CHECK(result.err == "");
    CHECK(frames_of(read_text(out)).size() == 2);
    feeder.send(SIGKILL);
  }
}

TEST_CASE("frames go from ffmpeg through detect to ffmpeg, in every chroma format") {
  if (!fs::exists(kFfmpeg)) return skip("no " + kFfmpeg);
  const TemporaryFolder folder;
  const std::string detect = detect_with_tiny_model(folder);
  const std::string source = kFfmpeg + " -v error -f lavfi -i testsrc=s=65x49:r=10 -frames:v 7 ";
  for (const std::string pixels : {"yuv420p", "yuvj420p", "yuv422p", "yuv444p", "gray"}) {
    const std::string out = (folder / pixels).string();
    const Result result =
        shell(source + "-pix_fmt " + pixels + " -f yuv4mpegpipe - | " + detect + "--video - --out - | tee " + out +
              " | " + kFfmpeg + " -v error -i - -f framecrc - | grep -c '^0,'");
    INFO(pixels << "\n" << result.out << result.err);
    CHECK(result.out == "7\n");
    CHECK(frames_of(read_text(out)).size() == 7);
  }
  const Result refused =
      shell(source + "-pix_fmt yuv420p10le -strict -1 -f yuv4mpegpipe - | " + detect + "--video - --json -");
  CHECK(contains(refused.err, "add -pix_fmt yuv420p to ffmpeg's command"));
  const Result interlaced =
      shell(source + "-vf setfield=tff -pix_fmt yuv420p -f yuv4mpegpipe - | " + detect + "--video - --json -");
  CHECK(contains(interlaced.err, "is interlaced; add -vf yadif to ffmpeg's command"));
  const Result mended =
      shell(source + "-vf setfield=tff,yadif -pix_fmt yuv420p -f yuv4mpegpipe - | " + detect + "--video - --json -");
  CHECK(lines_of(mended.out).size() == 7);
}

TEST_CASE("ffmpeg's colours and those of detect are the same") {
  if (!fs::exists(kFfmpeg)) return skip("no " + kFfmpeg);
  const TemporaryFolder folder;
  // ffmpeg converts a frame to RGB with BT.601 unless told otherwise, and repeats chroma samples if told so.
  const std::string source = kFfmpeg + " -v error -f lavfi -i testsrc=s=64x48 -frames:v 1 -pix_fmt yuv444p ";
  REQUIRE(shell(source + "-f yuv4mpegpipe " + (folder / "a.y4m").string()).code == 0);
  const std::string convert = kFfmpeg + " -v error -i " + (folder / "a.y4m").string() + " -pix_fmt rgb24 -f rawvideo ";
  REQUIRE(shell(convert + (folder / "a.rgb").string()).code == 0);
  const std::string video = read_text(folder / "a.y4m"), rgb = read_text(folder / "a.rgb");
  VideoReader reader(source_of(video), "video");
  VideoFrame frame;
  REQUIRE(reader.read(frame));
  const Image image = frame_image(reader.format(), frame);
  REQUIRE(rgb.size() == image.rgb.size());
  int largest = 0;
  for (size_t i = 0; i < rgb.size(); ++i)
    largest = std::max(largest, std::abs(static_cast<uint8_t>(rgb[i]) - static_cast<int>(image.rgb[i])));
  CHECK(largest <= 3);
}

}  // namespace intertwiner::tests
