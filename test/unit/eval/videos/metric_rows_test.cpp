// Totals over videos, and rows as text.
#include <limits>

#include "libcore/eval/videos/metric_totals.h"
#include "libcore/eval/videos/row_file.h"
#include "test/support/catch.h"

using namespace svg;
using namespace svg::eval;

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

VideoScores made(const std::vector<int64_t>& chunks, const std::vector<double>& frames,
                 std::optional<double> value) {
  return {chunks, {{"psnr", "psnr_v1", frames}}, {{"psnr", "psnr_v1", value}}};
}

}  // namespace

CATCH_TEST_CASE("A video counts once, one without a value not at all") {
  MetricTotals totals;
  totals.add(made({0, 0, 1}, {1, 3, 8}, 4));
  totals.add(made({0}, {10}, 10));
  totals.add(made({0}, {kNone}, std::nullopt));
  totals.skip();
  const auto rows = totals.rows();
  CATCH_REQUIRE(rows.size() == 3);
  CATCH_CHECK(rows[0].at("value") == 7.0);
  CATCH_CHECK(rows[0].at("n") == 2);
  CATCH_CHECK(rows[0].at("ci") == ordered_json({4.0, 10.0}));
  CATCH_CHECK(rows[0].at("bucket") == "all");
  CATCH_CHECK(rows[0].at("skipped") == 1);
  CATCH_CHECK(rows[0].at("weights") == "none");
  // Chunk 0: the mean of its mean in the first video, 2, and 10 in the second.
  CATCH_CHECK(rows[1].at("bucket") == "chunk 0");
  CATCH_CHECK(rows[1].at("value") == 6.0);
  CATCH_CHECK(rows[1].at("n") == 2);
  CATCH_CHECK(rows[2].at("bucket") == "chunk 1");
  CATCH_CHECK(rows[2].at("value") == 8.0);
}

CATCH_TEST_CASE("One video has no interval, none with a value no value") {
  MetricTotals one, none;
  one.add(made({0}, {5}, 5));
  CATCH_CHECK(one.rows()[0].at("ci").is_null());
  none.add(made({0}, {kNone}, std::nullopt));
  CATCH_CHECK(none.rows()[0].at("value").is_null());
  CATCH_CHECK(none.rows()[0].at("n") == 0);
}

CATCH_TEST_CASE("Rows name the weights of their profile, and distances stand beside the means") {
  MetricTotals totals;
  totals.set_source("psnr_v1", "abc", std::nullopt);
  totals.set_source("fvd_rand_n6", "none", 7);
  totals.add(made({0}, {5}, 5));
  totals.add_distance("fvd", "fvd_rand_n6", 2.5, 6);
  const auto rows = totals.rows();
  CATCH_REQUIRE(rows.size() == 3);
  CATCH_CHECK(rows[0].at("weights") == "abc");
  CATCH_CHECK(rows[0].at("seed").is_null());
  CATCH_CHECK(rows[1].at("profile") == "fvd_rand_n6");
  CATCH_CHECK(rows[1].at("value") == 2.5);
  CATCH_CHECK(rows[1].at("n") == 6);
  CATCH_CHECK(rows[1].at("seed") == 7);
  CATCH_CHECK(rows[1].at("ci").is_null());
  CATCH_CHECK(rows[1].at("bucket") == "all");
  CATCH_CHECK(totals.text(rows).find("fvd_rand_n6") != std::string::npos);
}

CATCH_TEST_CASE("CSV quotes what would end a cell, and leaves null empty") {
  const ordered_json row{
      {"video", "a, \"b\""}, {"value", 0.5}, {"none", nullptr}, {"not", kNone}, {"ci", {1, 2}}};
  CATCH_CHECK(header_of(row) == "video,value,none,not,ci");
  CATCH_CHECK(line_of(row, RowFormat::Csv) == "\"a, \"\"b\"\"\",0.5,,,\"[1,2]\"");
  CATCH_CHECK(line_of(row, RowFormat::JsonLines) ==
              R"({"video":"a, \"b\"","value":0.5,"none":null,"not":null,"ci":[1,2]})");
}
