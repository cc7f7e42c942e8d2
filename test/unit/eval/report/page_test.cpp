#include "libcore/eval/report/page.h"

#include <fstream>

#include "libcore/base/error.h"
#include "test/support/catch.h"
#include "test/support/temp_dir.h"

using namespace svg;
using namespace svg::eval;

namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

CATCH_TEST_CASE("Names and texts of a page are no markup") {
  Page page("<b>&\"</b>");
  page.section("<script>alert(1)</script>");
  page.table({{"<i>"}, {"a & b"}});
  page.details("<x>", "</pre><script>");
  const auto html = page.html();
  CATCH_CHECK(has(html, "<title>&lt;b&gt;&amp;&quot;&lt;/b&gt;</title>"));
  CATCH_CHECK(!has(html, "<script>alert"));
  CATCH_CHECK(has(html, "<th>&lt;i&gt;</th>"));
  CATCH_CHECK(has(html, "&lt;/pre&gt;&lt;script&gt;"));
}

CATCH_TEST_CASE("A chart's texts cannot end its script, and what is no number is a gap") {
  Page page("charts");
  page.chart({"t", "x", "y", "", {"</script><script>alert(1)//"}, {{1, {Point{0.5}}}, {2, {{}}}}});
  const auto html = page.html();
  CATCH_CHECK(!has(html, "<script>alert"));
  CATCH_CHECK(has(html, "\"rows\":[[1.0,0.5],[2.0,null]]"));
  CATCH_CHECK(has(html, "\"bands\":false"));
}

CATCH_TEST_CASE("Intervals are bands; a point without one is a band of no width") {
  Page page("bands");
  page.chart({"t", "x", "y", "", {"a", "b"}, {{1, {Point{0.5, 0.4, 0.7}, Point{2}}}}});
  CATCH_CHECK(has(page.html(), "\"rows\":[[1.0,[0.4,0.5,0.7],[2.0,2.0,2.0]]]"));
}

CATCH_TEST_CASE("Charts bring their library along, and pages without them do not") {
  Page plain("plain"), charts("charts");
  charts.chart({"t", "x", "y", "", {"a"}, {{1, {Point{1}}}}});
  CATCH_CHECK(!has(plain.html(), "Dygraph="));
  CATCH_CHECK(plain.html().size() < 20000);
  CATCH_CHECK(charts.html().size() > 100000);
}

CATCH_TEST_CASE("Pictures are embedded as they are") {
  const test::TempDir folder;
  for (const auto& [bytes, coded] : {std::pair<std::string, std::string>{"", ""},
                                     {"f", "Zg=="},
                                     {"fo", "Zm8="},
                                     {"foo", "Zm9v"},
                                     {"\xff\xfe\x01", "//4B"}}) {
    const auto path = folder.path() + "/p.png";
    std::ofstream(path, std::ios::binary) << bytes;
    Page page("p");
    page.picture("a picture", path);
    CATCH_CHECK(has(page.html(), "base64," + coded + "\""));
  }
  Page page("p");
  CATCH_CHECK_THROWS_AS(page.picture("none", folder.path() + "/none.png"), Error);
}
