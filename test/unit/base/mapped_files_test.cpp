#include "libcore/base/mapped_files.h"

#include <array>
#include <string>

#include "test/support/catch.h"

using namespace svg;

CATCH_TEST_CASE("A mapped file is known by each of its addresses", "[base]") {
  std::array<char, 100> bytes{};
  CATCH_CHECK(mapped_file_at(bytes.data()) == nullptr);
  note_mapped_file(bytes.data() + 10, 50, "dir/we\nights");
  CATCH_CHECK(mapped_file_at(bytes.data() + 9) == nullptr);
  CATCH_CHECK(std::string(mapped_file_at(bytes.data() + 10)) == "dir/we?ights");
  CATCH_CHECK(std::string(mapped_file_at(bytes.data() + 59)) == "dir/we?ights");
  CATCH_CHECK(mapped_file_at(bytes.data() + 60) == nullptr);
  forget_mapped_file(bytes.data() + 10);
  CATCH_CHECK(mapped_file_at(bytes.data() + 10) == nullptr);
  note_mapped_file(bytes.data(), 100, std::string(1000, 'x') + "/end");
  CATCH_CHECK(std::string(mapped_file_at(bytes.data())).ends_with("xx/end"));
  forget_mapped_file(bytes.data());
}
