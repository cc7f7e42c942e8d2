#include "libcore/eval/report/page.h"

#include <cmath>

#include "libcore/base/atomic_file.h"
#include "libcore/base/error.h"
#include "libcore/eval/report/assets.h"

namespace svg::eval {

namespace {

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string base64(const std::string& bytes) {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t word = 0;
    for (size_t k = 0; k < 3; ++k)
      word = word << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    for (size_t k = 0; k < 4; ++k)
      out += i + k > bytes.size() ? '=' : kDigits[word >> (18 - 6 * k) & 63];
  }
  return out;
}

// JSON inside of a <script>: no text of it can end the script.
std::string script_json(const ordered_json& json) {
  std::string out;
  for (const char c : json.dump(-1, ' ', true, ordered_json::error_handler_t::replace))
    out += c == '<' ? std::string("\\u003c") : std::string(1, c);
  return out;
}

bool has_bands(const Chart& chart) {
  for (const auto& row : chart.rows)
    for (const auto& point : row.points)
      if (point && point->low) return true;
  return false;
}

ordered_json cell_of(const std::optional<Point>& point, bool bands) {
  if (!point || !std::isfinite(point->value)) return nullptr;
  if (!bands) return point->value;
  return {point->low.value_or(point->value), point->value, point->high.value_or(point->value)};
}

}  // namespace

std::optional<Point> point_of(const ordered_json& v) {
  if (v.is_number()) return Point{v.get<double>()};
  if (!v.is_object() || !v.contains("mean") || !v.at("mean").is_number()) return std::nullopt;
  return Point{v.at("mean").get<double>(), v.at("low").get<double>(), v.at("high").get<double>()};
}

void Page::section(const std::string& heading) {
  body_ += "<h2>" + escaped(heading) + "</h2>\n";
}

void Page::heading(const std::string& text) {
  body_ += "<h3>" + escaped(text) + "</h3>\n";
}

void Page::note(const std::string& text) {
  body_ += "<p class=\"note\">" + escaped(text) + "</p>\n";
}

void Page::table(const std::vector<std::vector<std::string>>& rows) {
  body_ += "<div class=\"wide\"><table>\n";
  for (const auto& row : rows) {
    const char* tag = &row == &rows.front() ? "th" : "td";
    body_ += "<tr>";
    for (const auto& cell : row) body_ += cat("<", tag, ">", escaped(cell), "</", tag, ">");
    body_ += "</tr>\n";
  }
  body_ += "</table></div>\n";
}

void Page::chart(const Chart& chart) {
  const bool bands = has_bands(chart);
  ordered_json rows = ordered_json::array();
  for (const auto& row : chart.rows) {
    ordered_json cells = {row.x};
    for (const auto& point : row.points) cells.push_back(cell_of(point, bands));
    rows.push_back(std::move(cells));
  }
  has_charts_ = true;
  body_ += "<h3>" + escaped(chart.title) + "</h3>\n";
  if (!chart.note.empty()) note(chart.note);
  body_ += "<figure><div class=\"chart\"></div><script type=\"application/json\">" +
           script_json({{"x", chart.x},
                        {"y", chart.y},
                        {"bands", bands},
                        {"series", chart.series},
                        {"rows", rows}}) +
           "</script></figure>\n";
}

void Page::clips(const std::vector<Clip>& clips) {
  body_ += "<div class=\"group\"><div class=\"players\">\n";
  for (const auto& clip : clips)
    body_ += "<figure><video muted playsinline preload=\"auto\" src=\"data:video/mp4;base64," +
             base64(read_file(clip.path)) + "\"></video><figcaption>" + escaped(clip.caption) +
             "</figcaption></figure>\n";
  body_ +=
      "</div><div class=\"controls\"><button type=\"button\">Play</button><input type=\"range\" "
      "min=\"0\" max=\"1\" step=\"0.001\" value=\"0\" aria-label=\"Position\"></div></div>\n";
}

void Page::picture(const std::string& caption, const std::string& path) {
  body_ += "<figure><img alt=\"" + escaped(caption) + "\" src=\"data:image/png;base64," +
           base64(read_file(path)) + "\"><figcaption>" + escaped(caption) +
           "</figcaption></figure>\n";
}

void Page::details(const std::string& summary, const std::string& text) {
  body_ += "<details><summary>" + escaped(summary) + "</summary><pre>" + escaped(text) +
           "</pre></details>\n";
}

std::string Page::html() const {
  std::string page =
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" +
      escaped(title_) + "</title>\n<style>\n";
  if (has_charts_) page += std::string(dygraph_css()) + "\n";
  page += std::string(page_css()) + "</style>\n</head>\n<body>\n<h1>" + escaped(title_) +
          "</h1>\n" + body_;
  if (has_charts_) page += "<script>\n" + std::string(dygraph_js()) + "\n</script>\n";
  return page + "<script>\n" + std::string(page_js()) + "</script>\n</body>\n</html>\n";
}

}  // namespace svg::eval
