#include "libcore/base/path.h"

#include <unistd.h>

#include "libcore/base/atomic_file.h"
#include "test/support/catch.h"
#include "test/support/errors.h"
#include "test/support/temp_dir.h"

using namespace svg;
using test::failure_of;

CATCH_TEST_CASE("Not there is not the same as not to be looked up", "[base]") {
  test::TempDir dir;
  write_file_atomically(dir / "file", "x");
  CATCH_CHECK(path_exists(dir / "file"));
  CATCH_CHECK(is_regular_file(dir / "file"));
  CATCH_CHECK(is_folder(dir.path()));
  CATCH_CHECK_FALSE(path_exists(dir / "none"));
  CATCH_CHECK_FALSE(path_exists(dir / "file/below"));
  CATCH_REQUIRE(::symlink("loop", (dir / "loop").c_str()) == 0);
  for (const std::string& path : {dir / "loop", dir / "loop/x", dir / std::string(300, 'n')}) {
    CATCH_CAPTURE(path);
    for (auto look : {path_exists, is_folder, is_regular_file}) {
      for (const ErrorKind kind : {ErrorKind::NoInput, ErrorKind::CannotCreate}) {
        auto failure = failure_of([&] { look(path, kind); });
        CATCH_CHECK(failure.kind == kind);
        CATCH_CHECK(failure.says(path));
      }
    }
  }
  CATCH_CHECK(failure_of([&] { names_in(dir / "none"); }).kind == ErrorKind::NoInput);
  CATCH_CHECK(names_in(dir.path()) == std::vector<std::string>{"file", "loop"});
}

CATCH_TEST_CASE("A link that leads nowhere is called one", "[base]") {
  test::TempDir dir;
  CATCH_REQUIRE(::symlink("../blobs/12", (dir / "weights").c_str()) == 0);
  CATCH_CHECK_FALSE(path_exists(dir / "weights"));
  CATCH_CHECK(is_link(dir / "weights"));
  CATCH_CHECK(dangling_note(dir / "weights") == " (a link to ../blobs/12, which is not there)");
  CATCH_CHECK(dangling_note(dir / "none").empty());
  CATCH_CHECK(dangling_note(dir.path()).empty());
}
