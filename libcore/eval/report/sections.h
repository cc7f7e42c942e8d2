// What a report says of each thing it can be about. Torch-free.
#pragma once
#include <string>
#include <vector>

#include "libcore/eval/report/page.h"

namespace svg::eval {

// A part of a report: what stands under one path.
enum class Subject {
  Revisit,   // results of svg-eval revisit
  Metrics,   // results of svg-eval metrics
  Memory,    // NAME.memory
  Training,  // a run of svg-pretrain
  Video,     // an mp4
  Picture    // a PNG
};

struct Part {
  Subject subject;
  std::string path;
};

// What `path` is, or, of a folder that is none of these, what it holds one level down, by name.
// Throws Error{NoInput} where it does not exist, Error{Data} where it is nothing of the kind.
std::vector<Part> parts_of(const std::string& path);

// Videos that follow each other become players side by side.
void add_parts(Page& page, const std::vector<Part>& parts);

}  // namespace svg::eval
