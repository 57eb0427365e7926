#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "engine/error.h"
#include "engine/files/output_check.h"
#include "tests/temporary_folder.h"

using namespace intertwiner;
using Catch::Contains;
namespace fs = std::filesystem;

TEST_CASE("a file that exists is written only if that is allowed; an empty or missing file always") {
  const tests::TemporaryFolder folder;
  const fs::path full = folder.write("full", "mine"), empty = folder.write("empty", "");
  CHECK_THROWS_WITH(require_writable({full}, {}), Contains("full: exists already") && Contains("--overwrite"));
  CHECK_NOTHROW(require_writable({full}, {.overwrite = true}));
  CHECK_NOTHROW(require_writable({empty, folder / "missing", folder / "no/such/folder"}, {}));
}

TEST_CASE("an input is never written over, under whatever name") {
  const tests::TemporaryFolder folder;
  const fs::path input = folder.write("a.png", "a picture");
  fs::create_symlink(input, folder / "link");
  fs::create_hard_link(input, folder / "twin");
  fs::create_directory_symlink(folder.path(), folder / "same");
  const OutputRules rules{.inputs = {folder / "link"}, .overwrite = true};
  for (const fs::path& output :
       {input, folder / "link", folder / "twin", folder / "same/a.png", folder / "x/../a.png"}) {
    if (output == folder / "x/../a.png") fs::create_directory(folder / "x");
    CHECK_THROWS_WITH(require_writable({output}, rules), Contains("would overwrite"));
  }
  CHECK_NOTHROW(require_writable({folder / "b.png"}, rules));
}

TEST_CASE("an input is not removed as the temporary file of an output") {
  const tests::TemporaryFolder folder;
  const fs::path input = folder.write("a.png.tmp", "rescued"), other = folder.write("b.png.tmp", "of a crash");
  fs::create_symlink(folder / "a.png", folder / "link");
  const OutputRules rules{.inputs = {input}, .overwrite = true};
  for (const char* output : {"a.png", "link"})
    CHECK_THROWS_WITH(require_writable({folder / output}, rules), Contains("a.png.tmp that is read"));
  CHECK_NOTHROW(require_writable({folder / "b.png"}, rules));
}

TEST_CASE("an input that is missing is not created, under whatever name") {
  const tests::TemporaryFolder folder;
  fs::create_directory(folder / "labels");
  fs::create_directory_symlink(folder / "labels", folder / "same");
  const OutputRules rules{.inputs = {folder / "labels/a.txt", ""}, .overwrite = true};
  for (const char* output : {"labels/a.txt", "same/a.txt", "labels/../labels/a.txt"})
    CHECK_THROWS_WITH(require_writable({folder / output}, rules), Contains("is also to be read"));
  CHECK_NOTHROW(require_writable({folder / "labels/b.txt", folder / "a.txt"}, rules));
}

TEST_CASE("a link, a folder and a pipe are not written over, and no file is written twice") {
  const tests::TemporaryFolder folder;
  fs::create_symlink(folder / "elsewhere", folder / "link");
  REQUIRE(mkfifo((folder / "pipe").c_str(), 0600) == 0);
  CHECK_THROWS_WITH(require_writable({folder / "link"}, {}), Contains("exists already"));
  CHECK_THROWS_WITH(require_writable({folder / "pipe"}, {.overwrite = true}), Contains("not a regular file"));
  CHECK_THROWS_WITH(require_writable({folder.path()}, {.overwrite = true}), Contains("not a regular file"));
  CHECK_THROWS_WITH(require_writable({folder / "a", folder / "b/../a"}, {}), Contains("written twice"));
}
