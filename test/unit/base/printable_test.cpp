#include "libcore/base/printable.h"

#include "libcore/base/text_table.h"
#include "test/support/catch.h"

using namespace svg;

CATCH_TEST_CASE("Nothing in a text commands a terminal", "[base]") {
  CATCH_CHECK(printable("walk forward, \xC3\xA9t\xC3\xA9 \xE2\x86\x92 \xF0\x9F\x9A\xAA") ==
              "walk forward, \xC3\xA9t\xC3\xA9 \xE2\x86\x92 \xF0\x9F\x9A\xAA");
  CATCH_CHECK(printable("a\nb\tc\r") == "a\\nb\\tc\\r");
  CATCH_CHECK(printable("\x1B[2J\x07\x7F") == "\\x1b[2J\\x07\\x7f");
  CATCH_CHECK(printable("\xC2\x9B") == "\\u009b");              // CSI in one character
  CATCH_CHECK(printable("\xE2\x80\xAE") == "\\u202e");          // right to left from here
  CATCH_CHECK(printable("\x9B\xFF\xC3") == "\\x9b\\xff\\xc3");  // not UTF-8
  CATCH_CHECK(printable(std::string("\0", 1)) == "\\x00");
  CATCH_CHECK(printable("\xED\xA0\x80") == "\\xed\\xa0\\x80");  // half of a surrogate pair
}

CATCH_TEST_CASE("A table keeps its lines whatever its cells hold", "[base]") {
  CATCH_CHECK(text_table({{"a", "b"}, {"1", "x\ny\x1B[31m"}}) == "a  b\n1  x\\ny\\x1b[31m\n");
}
