// formats/vectors: every valid file gives the facts beside it, every invalid one the error beside
// it.
#include <filesystem>

#include "formats/inspect.h"
#include "libcore/base/atomic_file.h"
#include "test/support/catch.h"
#include "test/support/errors.h"

using namespace svg;
namespace fs = std::filesystem;

namespace {

// The vectors of a folder that have a side file with this ending.
std::vector<std::string> vectors(const std::string& folder, const std::string& ending) {
  std::vector<std::string> paths;
  for (const auto& entry :
       fs::directory_iterator(std::string(SVG_SOURCE_DIR) + "/formats/vectors/" + folder)) {
    std::string path = entry.path();
    if (path.ends_with(ending)) paths.push_back(path.substr(0, path.size() - ending.size()));
  }
  return paths;
}

}  // namespace

CATCH_TEST_CASE("Valid vectors give the facts beside them", "[formats]") {
  auto paths = vectors("valid", ".json");
  CATCH_CHECK(paths.size() >= 15);
  for (const std::string& path : paths) {
    CATCH_CAPTURE(path);
    auto found = formats::inspect(path, true);
    CATCH_CHECK(found.problems.empty());
    CATCH_CHECK(found.facts == parse_ordered_json(read_file(path + ".json"), path));
  }
}

CATCH_TEST_CASE("Invalid vectors give the error beside them", "[formats]") {
  auto paths = vectors("invalid", ".error");
  CATCH_CHECK(paths.size() >= 35);
  for (const std::string& path : paths) {
    CATCH_CAPTURE(path);
    std::string expected = read_file(path + ".error");
    expected.pop_back();
    std::string problems;
    auto failure = test::failure_of([&] {
      for (const std::string& problem : formats::inspect(path, true).problems) problems += problem;
    });
    CATCH_CAPTURE(failure.message, problems);
    CATCH_CHECK((!failure.kind || failure.kind == ErrorKind::Data));
    CATCH_CHECK((failure.message + problems).find(expected) != std::string::npos);
  }
}
