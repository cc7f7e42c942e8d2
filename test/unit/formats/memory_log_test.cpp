#include "formats/memory/memory_log.h"

#include <sstream>

#include "test/support/catch.h"
#include "test/support/small_memory.h"
#include "test/support/temp_dir.h"

using namespace svg;
using namespace svg::formats;
using test::append;

CATCH_TEST_CASE("The graph draws branches without crossing lines", "[formats]") {
  test::TempDir dir;
  Memory memory = Memory::create(dir / "m", test::small_info("every:2"));
  CATCH_CHECK(log_graph(memory) == "* 0  the empty memory  (HEAD)\n");
  append(memory, 2, "a");  // 1
  append(memory, 3, "b");  // 2
  append(memory, 4, "c");  // 3
  memory.checkout(2);
  append(memory, 4, "d");  // 4, off 2
  append(memory, 5, "e");  // 5
  memory.checkout(4);
  append(memory, 5, "f");  // 6, off 4
  memory.checkout(2);
  append(memory, 4, "g");  // 7, off 2 again
  std::string shape;
  std::istringstream lines(log_graph(memory));
  for (std::string line; std::getline(lines, line);)
    shape += line.substr(0, line.find("  ")) + "\n";
  CATCH_CHECK(shape ==
              "* 0\n"
              "* 1\n"
              "* 2\n"
              "|\\\n"
              "| * 7\n"
              "|\\\n"
              "| * 4\n"
              "| |\\\n"
              "| | * 6\n"
              "| * 5\n"
              "* 3\n");
  std::string graph = log_graph(memory);
  CATCH_CHECK(graph.find("| * 7  chunk 4  g  loss 0.4 -> 0.2  (HEAD)\n") != std::string::npos);
  CATCH_CHECK(graph.find("* 3  chunk 4  c  loss 0.4 -> 0.2  (not kept)\n") != std::string::npos);
}

CATCH_TEST_CASE("The table marks HEAD and what has no files, and knows step times", "[formats]") {
  test::TempDir dir;
  Memory memory = Memory::create(dir / "m", test::small_info("last"));
  for (int64_t chunk = 2; chunk < 5; ++chunk) append(memory, chunk, cat("step ", chunk));
  // A second run has measured revision 3 again; the first line is from before revisions were named,
  // the last torn.
  test::put_bytes(
      dir / "m/timings.jsonl",
      "{\"chunk\":1,\"learning_sec\":9}\nnonsense\n"
      "{\"revision\":3,\"sampling_sec\":7,\"learning_sec\":8}\n"
      "{\"revision\":3,\"sampling_sec\":1.5,\"learning_sec\":0.25}\n{\"revision\":2,\"lea");
  CATCH_CHECK(log_table(memory) ==
              "   revision  parent  chunk  loss before  loss after  steps  norm  sampling s  "
              "learning s  action\n"
              "-         1       0      2          0.2         0.1      -     2           -        "
              "   -  step 2\n"
              "          2       1      3          0.3        0.15      -     3           -        "
              "   -  step 3\n"
              "*         3       2      4          0.4         0.2      7     4        1.50        "
              "0.25  step 4\n");
  auto object = log_object(memory, memory.revision(3), step_times(memory)[3]);
  CATCH_CHECK(object["head"] == true);
  CATCH_CHECK(object["learning_sec"] == 0.25);
  CATCH_CHECK(log_object(memory, memory.revision(1), {})["sampling_sec"].is_null());
}

CATCH_TEST_CASE("What show says of a revision without files, and of none", "[formats]") {
  test::TempDir dir;
  Memory memory = Memory::create(dir / "m", test::small_info("last"));
  for (int64_t chunk = 2; chunk < 5; ++chunk) append(memory, chunk);
  CATCH_CHECK(show_object(memory, 3)["layers"].dump() == R"({"m.to_q":[2,3]})");
  CATCH_CHECK(show_object(memory, 3)["numbers"] == 5);
  CATCH_CHECK(show_object(memory, 1)["kept"] == false);
  CATCH_CHECK_FALSE(show_object(memory, 1).contains("layers"));
  CATCH_CHECK_FALSE(show_object(memory, 0).contains("revision"));
  CATCH_CHECK(show_object(memory, 0)["revisions"] == 3);
}
