#include "tests/apps/run_program.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <stdexcept>
#include <thread>

#include "engine/files/json.h"
#include "tests/temporary_folder.h"

namespace intertwiner::tests {
namespace fs = std::filesystem;

namespace {

/// The path of a built program; an absolute path stays as it is. The programs are where these tests were built, or
/// where first_contact.sh was unpacked.
std::string path_of(const std::string& program) {
  return (fs::read_symlink("/proc/self/exe").parent_path().parent_path() / "apps" / program).string();
}

/// In the new process: redirects the output to files, limits the size of files, and starts the program.
[[noreturn]] void become(const fs::path& output, std::vector<char*> arguments, int64_t max_file_bytes) {
  const int out = open((output / "out").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  const int err = open((output / "err").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  if (max_file_bytes > 0) {
    signal(SIGXFSZ, SIG_IGN);  // lets writing fail, as on a full disk
    const rlimit limit = {static_cast<rlim_t>(max_file_bytes), static_cast<rlim_t>(max_file_bytes)};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  execv(arguments.front(), arguments.data());
  _exit(127);
}

}  // namespace

Running::Running(const std::string& program, const Arguments& arguments, int64_t max_file_bytes) {
  std::string folder = (fs::temp_directory_path() / "intertwiner-output-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) throw std::runtime_error("no temporary folder can be made as " + folder);
  output_ = folder;
  Arguments all = {path_of(program)};
  all.insert(all.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& argument : all) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  process_ = fork();
  if (process_ == 0) become(output_, pointers, max_file_bytes);
}

Running::~Running() {
  if (!ended_) {
    send(SIGKILL);
    waitpid(process_, &status_, 0);
  }
  std::error_code ignored;
  fs::remove_all(output_, ignored);
}

void Running::send(int signal) const { kill(process_, signal); }

void Running::lower_file_limit(int64_t max_file_bytes) const {
  const rlimit limit = {static_cast<rlim_t>(max_file_bytes), static_cast<rlim_t>(max_file_bytes)};
  if (prlimit(process_, RLIMIT_FSIZE, &limit, nullptr) != 0) throw std::runtime_error("the limit cannot be set");
}

bool Running::has_ended() {
  if (!ended_) ended_ = wait4(process_, &status_, WNOHANG, &usage_) == process_;
  return ended_;
}

Result Running::wait() {
  if (!ended_) wait4(process_, &status_, 0, &usage_);
  ended_ = true;
  const int code = WIFSIGNALED(status_) ? -WTERMSIG(status_) : WEXITSTATUS(status_);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return {code, read_text(output_ / "out"), read_text(output_ / "err"),
          seconds(usage_.ru_utime) + seconds(usage_.ru_stime)};
}

Result run(const std::string& program, const Arguments& arguments) { return Running(program, arguments).wait(); }

MeasuredResult run_measured(const std::string& program, const Arguments& arguments) {
  const TemporaryFolder folder;
  const std::string file = (folder / "peak").string();
  const Result result = run("../tests/peak_memory", Arguments{file, path_of(program)} + arguments);
  return {result, std::stoll(read_text(file))};
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

size_t count_of(const std::string& text, const std::string& part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

void check_refused(const Result& result, const std::string& says) {
  INFO(result.out << result.err);
  CHECK(result.code == 2);
  CHECK(lines_of(result.err).size() == 1);
  CHECK_THAT(result.err, Catch::Contains(says));
}

void check_refused(const std::string& program, const Arguments& arguments, const std::string& says) {
  const Result result = run(program, arguments);
  check_refused(result, says);
  CHECK_THAT(result.err, Catch::StartsWith(program + ": error: "));
}

bool wait_for_steps(Running& program, const fs::path& folder, size_t steps) {
  for (int i = 0; i < 3000 && !program.has_ended(); ++i) {
    if (lines_of(read_text(folder / "log.jsonl")).size() >= steps) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return false;
}

Arguments operator+(Arguments first, const Arguments& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

Arguments tiny_training(const std::string& data) {
  return {"--data",
          data,
          "--preset",
          "demo",
          "--image-size",
          "64",
          "--batch",
          "2",
          "--channels",
          "16",
          "--head-features",
          "32",
          "--critic-features",
          "16",
          "--regions",
          "16",
          "--anchors-per-image",
          "32",
          "--train-candidates",
          "100",
          "--train-proposals",
          "50",
          "--detect-candidates",
          "50",
          "--detect-proposals",
          "20",
          "--level-base",
          "28"};
}

std::vector<std::string> logged_lines(const fs::path& run) {
  std::vector<std::string> lines;
  for (const std::string& line : lines_of(read_text(run / "log.jsonl"))) {
    Json json = Json::parse(line);
    json.erase("images_per_second");
    json.erase("seconds");
    lines.push_back(json.dump());
  }
  return lines;
}

std::vector<std::string> logged_steps(const fs::path& run) {
  std::vector<std::string> lines = logged_lines(run);
  std::erase_if(lines, [](const std::string& line) { return line.find("\"losses\"") == std::string::npos; });
  return lines;
}

}  // namespace intertwiner::tests
