#include "libcore/base/folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <filesystem>

#include "libcore/base/atomic_file.h"
#include "libcore/base/line_file.h"
#include "libcore/base/path.h"
#include "test/support/catch.h"
#include "test/support/errors.h"
#include "test/support/small_files.h"
#include "test/support/temp_dir.h"

using namespace svg;
using test::failure_of;
namespace fs = std::filesystem;

CATCH_TEST_CASE("Links in a folder are not followed for writing or removing", "[base]") {
  test::TempDir dir;
  fs::create_directories(dir / "theirs/deep");
  write_file_atomically(dir / "theirs/file", "theirs");
  fs::create_directories(dir / "ours");
  fs::create_symlink(dir / "theirs", dir / "ours/rev");
  fs::create_symlink(dir / "theirs/file", dir / "ours/HEAD");
  Folder ours = Folder::open(dir / "ours", ErrorKind::NoInput, "x");
  CATCH_CHECK(failure_of([&] { ours.below("rev"); }).kind == ErrorKind::Data);
  CATCH_CHECK_FALSE(ours.open_file("HEAD", O_WRONLY | O_CREAT));
  write_file_atomically(ours, "HEAD", "ours");
  CATCH_CHECK(read_file(dir / "ours/HEAD") == "ours");
  CATCH_CHECK_FALSE(is_link(dir / "ours/HEAD"));
  CATCH_CHECK(ours.remove_tree("rev"));
  CATCH_CHECK(names_in(dir / "ours") == std::vector<std::string>{"HEAD"});
  CATCH_CHECK(read_file(dir / "theirs/file") == "theirs");
}

CATCH_TEST_CASE("Lines are not appended to what a link in a folder of ours leads to", "[base]") {
  test::TempDir dir;
  test::put_bytes(dir / "theirs", "as it was\n");
  fs::create_symlink(dir / "theirs", dir / "log.jsonl");
  CATCH_CHECK(failure_of([&] { LineFile::in(dir.path(), "log.jsonl"); }).kind ==
              ErrorKind::CannotCreate);
  CATCH_CHECK(read_file(dir / "theirs") == "as it was\n");
  LineFile::in(dir.path(), "ours.jsonl").write("1");
  LineFile::in(dir.path(), "ours.jsonl").write("2");
  CATCH_CHECK(read_file(dir / "ours.jsonl") == "1\n2\n");
  LineFile::named(dir / "log.jsonl").write("as the user says");  // who may name a link
  CATCH_CHECK(read_file(dir / "theirs") == "as it was\nas the user says\n");
  LineFile().write("nowhere");
}

CATCH_TEST_CASE("Temporaries have names that nobody can plant, and go with their writer",
                "[base]") {
  test::TempDir dir;
  write_file_atomically(dir / "target", "theirs");
  fs::create_symlink(dir / "target", dir / cat("out.tmp-", ::getpid()));
  {
    AtomicFile one(dir / "out"), two(dir / "out");
    CATCH_CHECK(one.temporary_path() != two.temporary_path());
    const std::string name = fs::path(one.temporary_path()).filename();
    CATCH_CHECK(base_of_temporary(name) == "out");
    one.write("x");
    one.finish();
  }
  CATCH_CHECK(read_file(dir / "target") == "theirs");
  CATCH_CHECK(names_in(dir.path()).size() == 3);  // out, target and the link
  CATCH_CHECK(base_of_temporary("x.tmp-77").empty());
  CATCH_CHECK(base_of_temporary("x.tmp-0123456789abcdeF").empty());
}

CATCH_TEST_CASE("The next writer of a name removes what killed ones left, and nothing else",
                "[base]") {
  test::TempDir dir;
  for (const char* name : {"out.tmp-0123456789abcdef", "out.tmp-1111111111111111",
                           "other.tmp-0123456789abcdef", "out.tmp-77"})
    test::put_bytes(dir / name, "half");
  fs::create_directories(dir / "out.tmp-2222222222222222/rev");
  test::put_bytes(dir / "out.tmp-2222222222222222/rev/1", "half");
  const Folder folder = Folder::open(dir.path(), ErrorKind::NoInput, "x");
  const Descriptor at_work = folder.open_file("out.tmp-1111111111111111", O_RDONLY);
  CATCH_REQUIRE(::flock(at_work.number(), LOCK_EX) == 0);
  write_file_atomically(dir / "out", "whole");
  CATCH_CHECK(names_in(dir.path()) == std::vector<std::string>{"other.tmp-0123456789abcdef", "out",
                                                               "out.tmp-1111111111111111",
                                                               "out.tmp-77"});
}

CATCH_TEST_CASE("A folder takes the place of another in one step", "[base]") {
  test::TempDir dir;
  fs::create_directories(dir / "data/sub");
  test::put_bytes(dir / "data/old", "old");
  {
    AtomicFolder folder(dir / "data/");
    write_file_atomically(folder.temporary_path() + "/new", "new");
    CATCH_CHECK(failure_of([&] { folder.finish(); }).kind == ErrorKind::CannotCreate);
    CATCH_CHECK(read_file(dir / "data/old") == "old");
    folder.replace();
  }
  CATCH_CHECK(names_in(dir / "data") == std::vector<std::string>{"new"});
  CATCH_CHECK(names_in(dir.path()) == std::vector<std::string>{"data"});
  {
    AtomicFolder folder(dir / "fresh");
    folder.replace();
  }
  CATCH_CHECK(is_folder(dir / "fresh"));
  for (const char* name : {".", "..", "/", ""})
    CATCH_CHECK(failure_of([&] { AtomicFolder folder(name); }).kind == ErrorKind::CannotCreate);
}
