#include "formats/memory/memory_log.h"

#include <filesystem>
#include <vector>

#include "formats/memory/memory_json.h"
#include "libcore/base/atomic_file.h"
#include "libcore/base/path.h"
#include "libcore/base/printable.h"
#include "libcore/base/text_table.h"

namespace svg::formats {
namespace {

std::string mark_of(const Memory& memory, int64_t id) {
  if (id == memory.head()) return "*";
  return memory.has_files(id) ? " " : "-";
}

std::string graph_label(const Memory& memory, int64_t id) {
  std::string text = std::to_string(id);
  if (id == 0) {
    text += "  the empty memory";
  } else {
    const Revision& r = memory.revision(id);
    text += cat("  chunk ", r.chunk, r.action.empty() ? "" : "  ", printable(r.action));
    if (r.loss_before && r.loss_after)
      text += "  loss " + text_of("%.4g", r.loss_before) + " -> " + text_of("%.4g", r.loss_after);
    if (!memory.has_files(id)) text += "  (not kept)";
  }
  return text + (id == memory.head() ? "  (HEAD)" : "");
}

}  // namespace

std::map<int64_t, StepTime> step_times(const Memory& memory) {
  std::map<int64_t, StepTime> times;
  std::string path = memory.dir() + "/timings.jsonl";
  if (!path_exists(path)) return times;
  std::string text = read_file(path);
  for (size_t begin = 0, end; (end = text.find('\n', begin)) != std::string::npos;
       begin = end + 1) {
    json line = json::parse(text.substr(begin, end - begin), nullptr, false);
    if (!line.is_object() || !line.contains("revision") || !line["revision"].is_number_integer())
      continue;
    auto seconds = [&](const char* key) {
      auto it = line.find(key);
      return it != line.end() && it->is_number() ? std::optional(it->get<double>()) : std::nullopt;
    };
    times[line["revision"].get<int64_t>()] = {seconds("sampling_sec"), seconds("learning_sec")};
  }
  return times;
}

std::string log_table(const Memory& memory) {
  std::vector<std::vector<std::string>> rows{{" ", "revision", "parent", "chunk", "loss before",
                                              "loss after", "steps", "norm", "sampling s",
                                              "learning s", "action"}};
  auto times = step_times(memory);
  for (const Revision& r : memory.log()) {
    StepTime time = times[r.id];
    rows.push_back({mark_of(memory, r.id), std::to_string(r.id), std::to_string(r.parent),
                    std::to_string(r.chunk), text_of("%.5g", r.loss_before),
                    text_of("%.5g", r.loss_after), text_of("%.0f", r.steps),
                    text_of("%.4g", r.norm), text_of("%.2f", time.sampling_sec),
                    text_of("%.2f", time.learning_sec), r.action});
  }
  return text_table(rows);
}

std::string log_graph(const Memory& memory) {
  std::map<int64_t, std::vector<int64_t>> children;
  for (const Revision& r : memory.log()) children[r.parent].push_back(r.id);
  // Depth first, with a stack instead of recursion: histories are long. A branch is drawn as far as
  // it goes before the line that it left goes on, so that lines never cross.
  struct Visit {
    int64_t id;
    size_t lane;
    bool branches;  // off the line to its left
  };
  std::vector<Visit> stack{{0, 0, false}};
  std::string text;
  while (!stack.empty()) {
    Visit at = stack.back();
    stack.pop_back();
    std::string lines;
    for (size_t k = 0; k < at.lane; ++k) lines += "| ";
    if (at.branches) text += lines.substr(0, lines.size() - 1) + "\\\n";
    text += lines + "* " + graph_label(memory, at.id) + "\n";
    const auto& next = children[at.id];
    for (size_t k = 0; k < next.size(); ++k)
      stack.push_back({next[k], at.lane + (k > 0 ? 1 : 0), k > 0});
  }
  return text;
}

ordered_json log_object(const Memory& memory, const Revision& revision, const StepTime& time) {
  ordered_json object = to_json(revision);
  object["head"] = revision.id == memory.head();
  object["kept"] = memory.has_files(revision.id);
  object["sampling_sec"] = number_or_null(time.sampling_sec);
  object["learning_sec"] = number_or_null(time.learning_sec);
  return object;
}

ordered_json show_object(const Memory& memory, int64_t id) {
  const LoraInfo& lora = memory.info().lora;
  ordered_json object{{"revisions", memory.log().size()},
                      {"head", memory.head()},
                      {"keep", memory.info().keep.text()},
                      {"base", lora.base},
                      {"rank", lora.rank},
                      {"alpha", lora.alpha},
                      {"targets", lora.targets},
                      {"optimizer", memory.info().optimizer}};
  if (id == 0) return object;
  object.update(log_object(memory, memory.revision(id), step_times(memory)[id]));
  object["head"] = memory.head();
  if (!memory.has_files(id)) return object;
  LoraDelta delta = memory.delta(id);
  int64_t numbers = 0;
  object["layers"] = ordered_json::object();
  for (const LoraLayer& layer : delta.layers()) {
    int64_t out = layer.b.shape[0], in = layer.a.shape[1];
    numbers += lora.rank * (out + in);
    object["layers"][layer.module] = {out, in};
  }
  object["numbers"] = numbers;
  object["provenance"] = delta.info().provenance;
  return object;
}

}  // namespace svg::formats
