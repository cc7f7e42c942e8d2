#include "libcore/session/memory_files.h"

#include <filesystem>
#include <sstream>

#include "formats/lora/lora_exchange.h"
#include "formats/memory/memory_log.h"
#include "formats/memory/memory_tail.h"
#include "libcore/base/log.h"
#include "libcore/base/printable.h"

namespace svg::session {
namespace {

using formats::Memory;
using formats::MemoryRef;

std::string dir_alone(const std::string& text) {
  MemoryRef ref = MemoryRef::parse(text);
  require(!ref.revision, ErrorKind::Usage, "\"", text,
          "\": this command takes a whole memory, without @REVISION");
  return ref.dir;
}

int64_t revision_named(const std::string& text) {
  MemoryRef ref = MemoryRef::parse(text);
  require(ref.revision.has_value(), ErrorKind::Usage, "\"", text, "\": expected DIR@REVISION");
  return *ref.revision;
}

Memory open_to_read(const std::string& text) {
  Memory memory = Memory::open(MemoryRef::parse(text).dir);
  for (const std::string& repair : memory.repairs()) log_warn(repair);
  return memory;
}

Memory open_to_write(const std::string& dir) {
  Memory memory = Memory::open_for_writing(dir);
  for (const std::string& repair : memory.repairs()) log_warn(repair);
  return memory;
}

int64_t revision_or_head(const Memory& memory, const std::string& text) {
  return MemoryRef::parse(text).revision.value_or(memory.head());
}

}  // namespace

Report memory_log(const std::string& name, bool graph) {
  const Memory memory = open_to_read(dir_alone(name));
  Report report{.json = ordered_json::array(),
                .text = graph ? log_graph(memory) : log_table(memory)};
  auto times = step_times(memory);
  for (const formats::Revision& revision : memory.log())
    report.json.push_back(log_object(memory, revision, times[revision.id]));
  return report;
}

Report memory_show(const std::string& name) {
  const Memory memory = open_to_read(name);
  Report report{.json = show_object(memory, revision_or_head(memory, name)), .text = ""};
  for (const auto& [key, value] : report.json.items()) {
    if (key != "layers") {
      report.text += cat(
          key, ": ", printable(value.is_string() ? value.get<std::string>() : value.dump()), "\n");
      continue;
    }
    report.text += cat("layers: ", value.size(), "\n");
    for (const auto& [module, widths] : value.items())
      report.text += cat("  ", printable(module), " [", widths[0], ", ", widths[1], "]\n");
  }
  return report;
}

Report memory_verify(const std::string& name, const std::string& model) {
  const std::string dir = dir_alone(name);
  std::vector<std::string> problems;
  size_t revisions = 0;
  try {
    const Memory memory = Memory::open(dir);
    revisions = memory.log().size();
    problems = memory.repairs();
    for (std::string& problem : memory.verify()) problems.push_back(std::move(problem));
    if (!model.empty()) {
      const std::string base = formats::ModelDirectory(model).fingerprint("unet");
      if (base != memory.info().lora.base)
        problems.push_back(cat(dir, ": was learned on another model (", memory.info().lora.base,
                               "), ", model, " is ", base));
    }
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::Data) throw;
    problems.emplace_back(e.what());
  }
  Report report{.json = {{"memory", dir}, {"revisions", revisions}, {"problems", problems}},
                .text = "",
                .exit_code = problems.empty() ? 0 : 1};
  for (const std::string& problem : problems) report.text += printable(problem) + "\n";
  if (problems.empty()) report.text = cat(dir, ": sound, ", revisions, " revisions\n");
  return report;
}

void memory_fork(const std::string& name, const std::string& target) {
  const Memory memory = open_to_read(name);
  Memory::fork(memory, revision_or_head(memory, name), target);
}

void memory_checkout(const std::string& name) {
  const int64_t id = revision_named(name);
  open_to_write(MemoryRef::parse(name).dir).checkout(id);
}

Report memory_forget(const std::string& name) {
  const auto range = formats::MemoryRange::parse(name);
  Memory memory = open_to_write(range.dir);
  const size_t count = memory.forget(range.first, range.last).size();
  return {.json = {{"forgotten", count}, {"head", memory.head()}},
          .text = cat("forgot ", count, " revisions; HEAD is ", memory.head(), "\n")};
}

Report memory_gc(const std::string& name) {
  const Memory memory = Memory::open_for_writing(dir_alone(name));
  Report report{.json = memory.repairs(), .text = ""};
  for (const std::string& repair : memory.repairs()) report.text += printable(repair) + "\n";
  return report;
}

void memory_tail(const std::string& name, const std::string& stream, const std::string& output) {
  const Memory memory = open_to_read(name);
  std::error_code ignored;
  require(!std::filesystem::equivalent(stream, output, ignored), ErrorKind::Usage, "-o ", output,
          ": is the input, whose later chunks would be lost");
  write_tail(memory, revision_or_head(memory, name), stream, output);
}

void memory_export(const std::string& name, ExportForm form, const std::string& output) {
  const Memory memory = open_to_read(name);
  const formats::LoraDelta delta = memory.delta(revision_or_head(memory, name));
  delta.check_finite();
  (form == ExportForm::Peft ? formats::export_peft : formats::export_diffusers)(delta, output);
}

void memory_import(const MemoryImportOptions& o) {
  const auto keep = formats::KeepPolicy::parse(o.keep);
  formats::ForeignLora lora = formats::open_lora(o.lora);  // what is wrong with it is said first
  formats::import_memory(std::move(lora), formats::ModelDirectory(o.model), o.lora_targets, keep,
                         o.output);
}

}  // namespace svg::session
