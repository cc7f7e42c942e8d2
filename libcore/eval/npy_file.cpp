#include "libcore/eval/npy_file.h"

#include <ATen/ATen.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include "libcore/base/checked.h"
#include "libcore/base/error.h"

namespace svg::eval {

namespace {

constexpr uint32_t kMostHeader = 1u << 16;  // a header of four lengths has about a hundred bytes

uint64_t little_endian(std::ifstream& file, int bytes) {
  uint64_t value = 0;
  for (int i = 0; i < bytes; ++i)
    value |= static_cast<uint64_t>(static_cast<unsigned char>(file.get())) << (8 * i);
  return value;
}

// A header such as {'descr': '<f4', 'fortran_order': False, 'shape': (9, 2, 8, 8), }.
NpyHeader parsed(const std::string& header, const std::string& path) {
  static const std::regex floats(R"('descr'\s*:\s*'<f([48])')"),
      rows(R"('fortran_order'\s*:\s*False)"),
      shape(R"('shape'\s*:\s*\(((?:\s*\d{1,15}\s*,)*\s*(?:\d{1,15})?\s*)\))");
  std::smatch type, lengths;
  require(std::regex_search(header, type, floats) && std::regex_search(header, rows) &&
              std::regex_search(header, lengths, shape),
          ErrorKind::Data, path, ": expected f32 or f64 in C order: save it with numpy.save");
  NpyHeader found;
  found.item_bytes = std::stoll(type[1]);
  std::istringstream list(lengths[1]);
  for (std::string length; std::getline(list, length, ',');)
    if (length.find_first_not_of(" \t") != std::string::npos)
      found.shape.push_back(std::stoll(length));
  return found;
}

}  // namespace

NpyHeader read_npy_header(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  require(file.good(), ErrorKind::NoInput, path, ": is not there, or cannot be opened");
  std::string magic(6, '\0');
  file.read(magic.data(), 6);
  require(file.good() && magic == "\x93NUMPY", ErrorKind::Data, path, ": is no .npy file");
  const auto version = little_endian(file, 2) & 255;
  const auto length = little_endian(file, version == 1 ? 2 : 4);
  require(file.good() && version >= 1 && version <= 3 && length <= kMostHeader, ErrorKind::Data,
          path, ": is a .npy file of an unknown version, or damaged");
  std::string header(length, '\0');
  file.read(header.data(), static_cast<std::streamsize>(length));
  require(file.good(), ErrorKind::Data, path, ": is cut off");
  auto found = parsed(header, path);
  found.offset = static_cast<int64_t>(file.tellg());
  return found;
}

at::Tensor read_npy_table(const std::string& path) {
  const auto header = read_npy_header(path);
  require(header.shape.size() == 2, ErrorKind::Data, path, ": has ", header.shape.size(),
          " dimensions, expected a row of features a clip: [n, D]");
  const auto bytes = checked_product({header.shape[0], header.shape[1], header.item_bytes});
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  require(!error && bytes &&
              size == static_cast<uint64_t>(header.offset) + static_cast<uint64_t>(*bytes),
          ErrorKind::Data, path, ": has not the ", header.shape[0], " x ", header.shape[1],
          " numbers that its header states");
  auto table = at::empty({header.shape[0], header.shape[1]},
                         header.item_bytes == 4 ? at::kFloat : at::kDouble);
  std::ifstream file(path, std::ios::binary);
  file.seekg(header.offset);
  file.read(static_cast<char*>(table.mutable_data_ptr()), static_cast<std::streamsize>(*bytes));
  require(file.gcount() == *bytes, ErrorKind::Io, path, ": cannot be read");
  table = table.to(at::kDouble);
  require(at::isfinite(table).all().item<bool>(), ErrorKind::Data, path,
          ": has numbers that are not finite");
  return table;
}

}  // namespace svg::eval
