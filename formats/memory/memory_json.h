// The JSON of a memory directory: memory.json and the lines of log.jsonl. Internal to formats/.
#pragma once
#include "formats/memory/memory.h"

namespace svg::formats {

ordered_json to_json(const MemoryInfo& info);
ordered_json to_json(const Revision& revision);
// Throw Error{Data}.
MemoryInfo memory_info_from(const ordered_json& doc, const std::string& where);
Revision revision_from(const ordered_json& line, const std::string& where);

}  // namespace svg::formats
