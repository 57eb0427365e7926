#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "engine/error.h"
#include "engine/files/atomic_file.h"
#include "tests/read_text.h"
#include "tests/skip.h"
#include "tests/temporary_folder.h"

namespace intertwiner {
namespace {

using tests::read_text;

void write_whole(const std::filesystem::path& path, const std::string& text) {
  AtomicFile file(path);
  file.write(text);
  file.commit();
}

size_t files_in(const tests::TemporaryFolder& folder) {
  return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(folder.path()), {}));
}

/// While it exists, no file can grow beyond `bytes`. This simulates a full disk.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    handler_ = ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit = {bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int) = nullptr;
};

}  // namespace

TEST_CASE("a committed file holds the written bytes, and no other file remains") {
  const tests::TemporaryFolder folder;
  write_whole(folder / "a", "old");
  AtomicFile file(folder / "a");
  file.write("ne");
  file.write("w");
  CHECK(read_text(folder / "a") == "old");
  file.commit();
  CHECK(read_text(folder / "a") == "new");
  CHECK(files_in(folder) == 1);
}

TEST_CASE("a file that is not committed leaves the old one and no temporary") {
  const tests::TemporaryFolder folder;
  write_whole(folder / "a", "old");
  { AtomicFile(folder / "a").write("new"); }
  CHECK(read_text(folder / "a") == "old");
  CHECK(files_in(folder) == 1);
}

TEST_CASE("a temporary file from a crash is replaced") {
  const tests::TemporaryFolder folder;
  folder.write("a.tmp", "a longer text that was cut off by a cra");
  write_whole(folder / "a", "new");
  CHECK(read_text(folder / "a") == "new");
  CHECK(files_in(folder) == 1);
}

TEST_CASE("a file that is being written is not written by a second writer, which disturbs nothing") {
  const tests::TemporaryFolder folder;
  AtomicFile first(folder / "a");
  first.write("first");
  CHECK_THROWS_WITH(AtomicFile(folder / "a"), Catch::EndsWith("a: another program is writing it; wait until it ends, "
                                                              "or choose another name"));
  first.commit();
  CHECK(read_text(folder / "a") == "first");
  write_whole(folder / "a", "second");
  CHECK(read_text(folder / "a") == "second");
  CHECK(files_in(folder) == 1);
}

TEST_CASE("a file that replaces another keeps its permissions") {
  namespace fs = std::filesystem;
  const tests::TemporaryFolder folder;
  write_whole(folder / "a", "old");
  const fs::perms own = fs::perms::owner_read | fs::perms::owner_write;
  fs::permissions(folder / "a", own);
  write_whole(folder / "a", "new");
  CHECK(read_text(folder / "a") == "new");
  CHECK(fs::status(folder / "a").permissions() == own);
  fs::permissions(folder / "a", fs::perms::owner_read);
  {
    const AtomicFile unfinished(folder / "a");
    CHECK(fs::status(folder / "a.tmp").permissions() == own);
    CHECK_THROWS_AS(AtomicFile(folder / "a"), UserError);
  }
  write_whole(folder / "a", "newest");
  CHECK(fs::status(folder / "a").permissions() == fs::perms::owner_read);
}

TEST_CASE("a file that grows too large is refused and removed, and the old one stays") {
  const tests::TemporaryFolder folder;
  write_whole(folder / "a", "old");
  std::string message;
  try {
    const FileSizeLimit limit(1000);
    write_whole(folder / "a", std::string(5000, 'x'));
  } catch (const UserError& error) {
    message = error.what();
  }
  CHECK(message ==
        (folder / "a").string() +
            ": cannot be written: File too large; raise the limit of file sizes or choose another file system");
  CHECK(read_text(folder / "a") == "old");
  CHECK(files_in(folder) == 1);
}

TEST_CASE("a path that cannot be written is refused in one line") {
  const tests::TemporaryFolder folder;
  folder.write("file", "");
  CHECK_THROWS_WITH(AtomicFile(folder / "no/a"),
                    Catch::EndsWith("no/a: cannot be written: No such file or directory; create its folder first"));
  CHECK_THROWS_WITH(AtomicFile(folder / "file/a"),
                    Catch::EndsWith("a folder of the path is a file; choose another path"));
  CHECK_THROWS_WITH(AtomicFile(folder.path()), Catch::EndsWith("it is not a regular file; choose another name"));
  CHECK_THROWS_WITH(AtomicFile("/dev/null"), Catch::EndsWith("it is not a regular file; choose another name"));
  CHECK_THROWS_AS(AtomicFile(""), UserError);
  std::filesystem::create_directory(folder / "b.tmp");
  CHECK_THROWS_WITH(AtomicFile(folder / "b"), Catch::Contains("b.tmp: cannot be written: "));
}

TEST_CASE("a folder without permission to write is refused in one line") {
  if (::geteuid() == 0) return tests::skip("root may write everywhere");
  const tests::TemporaryFolder folder;
  std::filesystem::permissions(folder.path(), std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  CHECK_THROWS_WITH(AtomicFile(folder / "a"), Catch::EndsWith("choose a folder that you may write to"));
  std::filesystem::permissions(folder.path(), std::filesystem::perms::owner_all);
}

TEST_CASE("a link to a file that does not exist yet is followed, and a circle of links is refused") {
  const tests::TemporaryFolder folder;
  std::filesystem::create_directories(folder / "disk");
  std::filesystem::create_symlink("disk/file", folder / "inner");
  std::filesystem::create_symlink("inner", folder / "outer");
  write_atomically(folder / "outer", "new");
  CHECK(std::filesystem::is_symlink(folder / "outer"));
  CHECK(std::filesystem::is_symlink(folder / "inner"));
  CHECK(tests::read_text(folder / "disk/file") == "new");
  std::filesystem::create_symlink("b", folder / "a");
  std::filesystem::create_symlink("a", folder / "b");
  CHECK_THROWS_WITH(write_atomically(folder / "a", "x"), Catch::Contains("cannot be written"));
  CHECK(std::filesystem::is_symlink(folder / "a"));
}

TEST_CASE("a link is followed: the file behind it is replaced, and the link stays") {
  const tests::TemporaryFolder folder;
  folder.write("runs/a", "old");
  std::filesystem::create_symlink("runs/a", folder / "link");
  write_whole(folder / "link", "new");
  CHECK(std::filesystem::is_symlink(folder / "link"));
  CHECK(read_text(folder / "runs/a") == "new");
}

TEST_CASE("a process killed while it writes leaves a complete file, old or new") {
  const tests::TemporaryFolder folder;
  constexpr size_t kSize = 100'000;
  write_whole(folder / "a", std::string(kSize, 'a'));
  for (int round = 0; round < 10; ++round) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      for (char letter = 'a';; letter = letter == 'z' ? 'a' : static_cast<char>(letter + 1)) {
        try {
          write_whole(folder / "a", std::string(kSize, letter));
        } catch (...) {
          ::_exit(1);
        }
      }
    }
    ::usleep(static_cast<useconds_t>(1000 + 700 * round));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    CHECK(WIFSIGNALED(status));
    const std::string text = read_text(folder / "a");
    REQUIRE(text.size() == kSize);
    CHECK(text.find_first_not_of(text[0]) == std::string::npos);
  }
}

}  // namespace intertwiner
