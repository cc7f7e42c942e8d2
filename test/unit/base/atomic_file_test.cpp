#include "libcore/base/atomic_file.h"

#include <sys/stat.h>

#include <filesystem>

#include "test/support/catch.h"
#include "test/support/errors.h"
#include "test/support/temp_dir.h"

using namespace svg;
using test::failure_of;
namespace fs = std::filesystem;

CATCH_TEST_CASE("A file appears under its name only when it is finished", "[base]") {
  test::TempDir dir;
  std::string path = dir / "a.txt";
  write_file_atomically(path, "old");
  {
    AtomicFile file(path);
    file.write("new, but never finished");
    CATCH_CHECK(read_file(path) == "old");
    CATCH_CHECK(fs::exists(file.temporary_path()));
  }
  CATCH_CHECK(read_file(path) == "old");
  write_file_atomically(path, "new");
  CATCH_CHECK(read_file(path) == "new");
  CATCH_CHECK(std::distance(fs::directory_iterator(dir.path()), fs::directory_iterator()) == 1);
}

CATCH_TEST_CASE("A full disk is an Io error that names the file and the reason", "[base]") {
  auto failure = failure_of([] { write_file_atomically("/dev/full", std::string(1 << 16, 'x')); });
  CATCH_CHECK(failure.kind == ErrorKind::Io);
  CATCH_CHECK(failure.says("/dev/full"));
  CATCH_CHECK(failure.says("No space left"));
}

CATCH_TEST_CASE("Outputs that cannot be created and inputs that are not there say so", "[base]") {
  test::TempDir dir;
  CATCH_CHECK(failure_of([&] { AtomicFile(dir / "missing/a"); }).kind == ErrorKind::CannotCreate);
  CATCH_CHECK(failure_of([&] { AtomicFile(dir.path()); }).kind == ErrorKind::CannotCreate);
  CATCH_CHECK(failure_of([&] { read_file(dir / "missing"); }).kind == ErrorKind::NoInput);
  CATCH_CHECK(failure_of([&] { read_file(dir.path()); }).kind == ErrorKind::NoInput);
  write_file_atomically(dir / "ten", "0123456789");
  CATCH_CHECK(failure_of([&] { read_file(dir / "ten", 9); }).kind == ErrorKind::Data);
  CATCH_CHECK(read_file(dir / "ten", 10).size() == 10);
  CATCH_CHECK(failure_of([&] { make_directories(dir / "ten/below"); }).kind ==
              ErrorKind::CannotCreate);
  make_directories(dir / "x/y/z");
  CATCH_CHECK(fs::is_directory(dir / "x/y/z"));
}
