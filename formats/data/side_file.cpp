#include "formats/data/side_file.h"

#include <cmath>
#include <fstream>

#include "libcore/base/checked.h"
#include "libcore/base/error.h"

namespace svg::formats {

std::vector<float> read_rows(const Manifest& manifest, const EpisodeRow& row,
                             const std::string& name, size_t fields) {
  const auto file = row.file(name);
  require(file.has_value(), ErrorKind::Data, manifest.dir, "/episodes.jsonl: episode ", row.ep(),
          ": names no file \"", name, "\"");
  const std::string path = manifest.path_of(*file);
  const auto numbers = checked_product({row.frames(), static_cast<int64_t>(fields)});
  const auto bytes = checked_product({row.frames(), static_cast<int64_t>(fields), 4});
  std::ifstream in(path, std::ios::binary);
  require(in.good(), ErrorKind::NoInput, path, ": cannot be read");
  in.seekg(0, std::ios::end);
  const int64_t size = in.tellg();
  require(bytes && file->offset <= size && *bytes <= size - file->offset, ErrorKind::Data, path,
          ": ends before the rows of ", row.frames(), " frames of episode ", row.ep());
  std::vector<float> rows(static_cast<size_t>(*numbers));
  in.seekg(file->offset);
  in.read(reinterpret_cast<char*>(rows.data()), *bytes);
  require(in.gcount() == *bytes, ErrorKind::Io, path, ": cannot be read");
  for (float v : rows)
    require(std::isfinite(v), ErrorKind::Data, path, ": holds numbers that are not finite");
  return rows;
}

}  // namespace svg::formats
