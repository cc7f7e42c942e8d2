#include "libcore/base/progress.h"

#include "test/support/catch.h"

using svg::progress_line;

CATCH_TEST_CASE("the meter shows count, detail, rate and what is left", "[formats]") {
  CATCH_CHECK(progress_line("step", 1200, 50000, 0, 1200 / 1.84, "loss 0.0312") ==
              "step 1200/50000 loss 0.0312 1.84 it/s eta 7h22m");
  CATCH_CHECK(progress_line("chunk", 3, 0, 0, 60, "") == "chunk 3 20 s/chunk");
  CATCH_CHECK(progress_line("chunk", 3, 5, 0, 60, "") == "chunk 3/5 20 s/chunk eta 40s");
}

CATCH_TEST_CASE("a resumed meter measures its own speed alone", "[formats]") {
  CATCH_CHECK(progress_line("step", 110, 200, 100, 10, "") == "step 110/200 1 it/s eta 1m30s");
  CATCH_CHECK(progress_line("step", 100, 200, 100, 10, "") == "step 100/200");
}
