// svg-memory's commands that need no torch: a memory directory looked into, branched, thinned out
// and exchanged. `memory` is DIR or DIR@ID as the command line has it; without @ID HEAD is meant.
// What a stopped writer left is warned of. Torch-free; memory.h and memory_replay.h have the
// others.
#pragma once
#include <string>
#include <vector>

#include "libcore/base/enum_names.h"
#include "libcore/session/report.h"

namespace svg::session {

// A table of the history, or with `graph` a tree; json: an object a revision.
Report memory_log(const std::string& memory, bool graph);
Report memory_show(const std::string& memory);
// Exit code 1 where something is wrong; with `model` (else empty) also where it belongs to another.
Report memory_verify(const std::string& memory, const std::string& model);
void memory_fork(const std::string& memory, const std::string& target);
void memory_checkout(const std::string& memory);
// `range`: DIR@FIRST..LAST or DIR@ID.
Report memory_forget(const std::string& range);
Report memory_gc(const std::string& memory);
void memory_tail(const std::string& memory, const std::string& stream, const std::string& output);

enum class ExportForm { Peft, Diffusers };
constexpr auto names_of(ExportForm) {
  return std::to_array<EnumName<ExportForm>>(
      {{ExportForm::Peft, "peft"}, {ExportForm::Diffusers, "diffusers"}});
}
void memory_export(const std::string& memory, ExportForm, const std::string& output);

struct MemoryImportOptions {
  std::string lora;    // folder or file
  std::string model;   // that it belongs to
  std::string output;  // directory of the new memory
  std::vector<std::string> lora_targets{"attention"};
  std::string keep = "all";
};
void memory_import(const MemoryImportOptions&);

}  // namespace svg::session
