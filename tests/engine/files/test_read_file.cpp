#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "engine/error.h"
#include "engine/files/paths.h"
#include "engine/files/read_file.h"
#include "tests/temporary_folder.h"

using namespace intertwiner;
using Catch::Contains;
namespace fs = std::filesystem;

TEST_CASE("a file is read completely or up to a number of bytes") {
  const tests::TemporaryFolder folder;
  const std::string text(100'000, 'x');
  const fs::path file = folder.write("file", text);
  CHECK(read_file(file) == text);
  CHECK(read_file(file, 10) == text.substr(0, 10));
  CHECK(read_file(folder.write("empty", "")).empty());
}

TEST_CASE("a pipe, a device or a folder is refused where a file is expected, without waiting") {
  const tests::TemporaryFolder folder;
  REQUIRE(mkfifo((folder / "pipe").c_str(), 0600) == 0);
  for (const fs::path& path : {folder / "pipe", fs::path("/dev/zero"), fs::path("/dev/full")}) {
    CHECK_THROWS_WITH(read_file(path), Contains("is a pipe or a device, not a file"));
  }
  CHECK_THROWS_WITH(read_file(folder.path()), Contains("Is a directory"));
}

TEST_CASE("paths that cannot be looked at do not exist") {
  const tests::TemporaryFolder folder;
  fs::create_symlink(folder / "b", folder / "a");
  fs::create_symlink(folder / "a", folder / "b");
  for (const fs::path& path : {folder / "a", folder / std::string(300, 'x')}) {
    CHECK(!path_exists(path));
    CHECK(!is_folder(path));
    CHECK(list_folder(path).empty());
    CHECK_THROWS_AS(read_file(path), UserError);
  }
}
