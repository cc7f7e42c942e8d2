// A self-contained HTML page: text, tables, charts, players, pictures. Nothing is loaded from
// elsewhere. Torch-free.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "libcore/base/json.h"

namespace svg::eval {

// A number, perhaps with an interval around it.
struct Point {
  double value = 0;
  std::optional<double> low{}, high{};
};

// Of a number, or of {"mean", "low", "high"} as tables have it; nothing where there is no number.
std::optional<Point> point_of(const ordered_json& value);

// Series over one x. A series has a gap where it has no point.
struct Chart {
  std::string title, x, y, note;
  std::vector<std::string> series;
  struct Row {
    double x = 0;
    std::vector<std::optional<Point>> points;  // one a series
  };
  std::vector<Row> rows;  // x grows
};

struct Clip {
  std::string caption, path;  // an mp4 that browsers play
};

class Page {
 public:
  explicit Page(std::string title) : title_(std::move(title)) {}

  // Headings; texts are plain, without markup.
  void section(const std::string& heading);
  void heading(const std::string& text);
  void note(const std::string& text);
  // Cells are plain text; the first row is the head, the first cell of a row its name.
  void table(const std::vector<std::vector<std::string>>& rows);
  void chart(const Chart&);
  // Players that go in step. Throws Error{NoInput} where a file cannot be read.
  void clips(const std::vector<Clip>&);
  void picture(const std::string& caption, const std::string& path);  // a PNG
  // Folded away until asked for.
  void details(const std::string& summary, const std::string& text);

  std::string html() const;

 private:
  std::string title_, body_;
  bool has_charts_ = false;
};

}  // namespace svg::eval
