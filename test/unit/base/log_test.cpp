#include "libcore/base/log.h"

#include <fcntl.h>
#include <unistd.h>

#include "libcore/base/atomic_file.h"
#include "libcore/base/json.h"
#include "test/support/catch.h"
#include "test/support/errors.h"
#include "test/support/temp_dir.h"

using namespace svg;

namespace {

// What `action` writes to standard error.
template <class Action>
std::string standard_error_of(Action action) {
  test::TempDir dir;
  int saved = ::dup(2), file = ::open((dir / "err").c_str(), O_CREAT | O_RDWR, 0600);
  ::dup2(file, 2);
  action();
  ::dup2(saved, 2);
  ::close(saved);
  ::close(file);
  return read_file(dir / "err");
}

}  // namespace

CATCH_TEST_CASE("A line names tool and level, and lower levels stay silent", "[base]") {
  std::string text = standard_error_of([] {
    log_configure("svg-x", LogLevel::Info, false);
    log_debug("hidden");
    log_info("shown {} %s");
    log_error("bad");
  });
  CATCH_CHECK(text == "svg-x: info: shown {} %s\nsvg-x: error: bad\n");
}

CATCH_TEST_CASE("As JSON, a line is an object with time, tool, process, level and message",
                "[base]") {
  std::string text = standard_error_of([] {
    log_configure("svg-x", LogLevel::Warn, true);
    log_warn("a \"quoted\" \xff word");
    log_configure("svg-x", LogLevel::Info, false);
  });
  json line = parse_json(text, "log");
  CATCH_CHECK(line.size() == 5);
  CATCH_CHECK(line["tool"] == "svg-x");
  CATCH_CHECK(line["level"] == "warn");
  CATCH_CHECK(line["pid"] == ::getpid());
  CATCH_CHECK(line["ts"].get<std::string>().size() ==
              std::string("2026-01-01T00:00:00.000Z").size());
}

CATCH_TEST_CASE("Levels are read by name", "[base]") {
  CATCH_CHECK(log_level_from("off") == LogLevel::Off);
  CATCH_CHECK(log_level_from("warn") == LogLevel::Warn);
  CATCH_CHECK(test::failure_of([] { log_level_from("loud"); }).kind == ErrorKind::Usage);
}
