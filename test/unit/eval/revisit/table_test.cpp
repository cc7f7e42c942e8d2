#include "libcore/eval/revisit/table.h"

#include "test/support/catch.h"

using namespace svg;
using namespace svg::eval;

namespace {

ordered_json line(const char* row, const char* script, int episode, ordered_json recall) {
  return {{"row", row},         {"script", script},
          {"episode", episode}, {"recall_v1", std::move(recall)},
          {"queries", 4},       {"queries_dropped", 1}};
}

}  // namespace

CATCH_TEST_CASE(
    "A table has a row's mean over episodes of all scripts, and paired differences to the "
    "controls") {
  std::vector<ordered_json> lines;
  for (int i = 0; i < 3; ++i) {
    lines.push_back(line("temp-lora", "spin", i, 0.5 + 0.1 * i));
    lines.push_back(line("none", "spin", i, 0.1 * i));
  }
  lines.push_back(line("temp-lora", "turn-around", 0, nullptr));  // an episode without a query
  lines.push_back(line("none", "turn-around", 0, nullptr));
  const auto table = make_revisit_table(lines, {"none", "temp-lora"}, {"turn-around", "spin"});
  const auto& on = table.at("rows").at(1);
  CATCH_CHECK(on.at("row") == "temp-lora");
  CATCH_CHECK(on.at("recall_v1").at("mean").get<double>() == Approx(0.6));
  CATCH_CHECK(on.at("recall_v1").at("n") == 3);
  CATCH_CHECK(on.at("episodes") == 4);
  CATCH_CHECK(on.at("queries") == 16);
  bool found = false;
  for (const auto& d : table.at("differences")) {
    if (d.at("metric") != "recall_v1" || d.at("minus") != "none") continue;
    found = true;
    CATCH_CHECK(d.at("difference").at("mean").get<double>() == Approx(0.5));
    CATCH_CHECK(d.at("difference").at("low").get<double>() == Approx(0.5));
  }
  CATCH_CHECK(found);
  const auto text = revisit_table_text(table);
  CATCH_CHECK(text.find("| temp-lora |") != std::string::npos);
  CATCH_CHECK(text.find("0.60 [") != std::string::npos);
}

CATCH_TEST_CASE("What has no number in any row is no column, and gaps come in order") {
  std::vector<ordered_json> lines;
  for (int i = 0; i < 2; ++i) {
    auto entry = line("none", "spin", i, 0.25);
    entry["recall_v1@65-128"] = 0.5;
    entry["recall_v1@1-32"] = nullptr;
    entry["recall_v1@33-64"] = i;
    lines.push_back(entry);
  }
  const auto text = revisit_table_text(make_revisit_table(lines, {"none"}, {"spin"}));
  CATCH_CHECK(text.find("recall_self_v1") == std::string::npos);
  CATCH_CHECK(text.find("maze_v1") == std::string::npos);
  CATCH_CHECK(text.find("| recall_v1 by gap (frames) | 33-64 | 65-128 |") != std::string::npos);
}
