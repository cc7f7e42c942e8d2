#include "formats/stream/stream_checks.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "formats/stream/stream_headers.h"

namespace svg::formats {
namespace {

constexpr int64_t kMaxAxis = 1 << 16;  // of channels, height, width, frames: 2^64 is never near

int64_t read_size(const ordered_json& header, const char* key, const std::string& where,
                  int64_t least = 1) {
  int64_t n = read_integer(header, key, where);
  require(n >= least && n <= kMaxAxis, ErrorKind::Data, where, ": \"", key, "\" is ", n,
          ", expected ", least, " to ", kMaxAxis);
  return n;
}

void check_nullable_integer(const ordered_json& header, const char* key, const std::string& where) {
  auto it = header.find(key);
  require(it != header.end(), ErrorKind::Data, where, ": key \"", key, "\" is missing");
  require(it->is_null() || it->is_number_unsigned() ||
              (it->is_number_integer() && it->get<int64_t>() >= 0),
          ErrorKind::Data, where, ": \"", key, "\" must be an integer from 0 on, or null");
}

StreamShape check_stream(const ordered_json& header, const std::string& where) {
  auto format = json_get<std::string>(header, "format", where);
  require(format == kStreamFormat, ErrorKind::Data, where, ": format \"", format,
          "\", this version reads \"", kStreamFormat, "\"");
  json_get<std::string>(header, "model", where);
  for (const char* key : {"fps", "scaling_factor"}) {
    auto it = header.find(key);
    bool positive = it != header.end() && it->is_number() && it->get<double>() > 0;
    require(positive, ErrorKind::Data, where, ": \"", key, "\" must be a number above 0");
  }
  auto provenance = header.find("provenance");
  require(provenance != header.end() && provenance->is_object(), ErrorKind::Data, where,
          ": \"provenance\" must be an object");
  return {read_size(header, "channels", where), read_size(header, "height", where),
          read_size(header, "width", where)};
}

void check_chunk(const ordered_json& header, const std::string& where) {
  json_get<std::string>(header, "episode", where);
  json_get<std::string>(header, "action", where);
  role_from(json_get<std::string>(header, "role", where), where);
  auto inverse = header.find("action_inverse");
  require(inverse == header.end() || inverse->is_null() || inverse->is_string(), ErrorKind::Data,
          where, ": \"action_inverse\" must be a string");
  const int64_t index = read_integer(header, "index", where);
  require(index >= 0 && index < std::numeric_limits<int64_t>::max(), ErrorKind::Data, where,
          ": \"index\" is ", index, ", expected 0 to 2^63 - 2");
  read_size(header, "frames", where);
  read_size(header, "past", where, 0);
  check_nullable_integer(header, "memory", where);
  check_nullable_integer(header, "seed", where);
}

std::string shape_text(const std::vector<int64_t>& shape) {
  std::string text = "[";
  for (int64_t n : shape) text += (text.size() > 1 ? "," : "") + std::to_string(n);
  return text + "]";
}

bool is_float(DType dtype) {
  return dtype == DType::F32 || dtype == DType::F16 || dtype == DType::BF16;
}

void check_chunk_blob(const ordered_json& header, const StreamShape& s, const SafetensorsView& blob,
                      const std::string& where) {
  const TensorView* latents = blob.find("latents");
  require(latents != nullptr && blob.tensors.size() == 1, ErrorKind::Data, where,
          ": expected one tensor named latents");
  require(is_float(latents->dtype), ErrorKind::Data, where, ": tensor latents is ",
          dtype_name(latents->dtype), ", expected F32, F16 or BF16");
  std::vector<int64_t> expected{read_integer(header, "frames", where), s.channels, s.height,
                                s.width};
  require(latents->shape == expected, ErrorKind::Data, where, ": tensor latents has shape ",
          shape_text(latents->shape), ", the headers promise ", shape_text(expected));
  check_finite(*latents, where);
}

void check_draws_blob(const StreamShape& s, const SafetensorsView& blob, const std::string& where) {
  const TensorView* noise = blob.find("noise");
  require(noise != nullptr, ErrorKind::Data, where, ": expected a tensor named noise");
  for (const TensorView& tensor : blob.tensors) {
    bool draws = tensor.name == "noise" || tensor.name == "step_noise";
    require(draws || tensor.name == "timesteps", ErrorKind::Data, where, ": unknown tensor ",
            tensor.name, ", expected noise, step_noise or timesteps");
    size_t axes = tensor.shape.size();
    if (draws) {
      std::vector<int64_t> frame{s.channels, s.height, s.width};
      bool fits = (axes == 4 || axes == 5) &&
                  std::equal(frame.begin(), frame.end(), tensor.shape.end() - 3) &&
                  is_float(tensor.dtype);
      require(fits, ErrorKind::Data, where, ": tensor ", tensor.name, " is ",
              dtype_name(tensor.dtype), shape_text(tensor.shape),
              ", expected floats [F,C,h,w] or [K,F,C,h,w] with C,h,w = ", shape_text(frame));
    } else {
      require(axes == 1, ErrorKind::Data, where, ": tensor timesteps has shape ",
              shape_text(tensor.shape), ", expected [K]");
    }
    check_finite(tensor, where);
  }
}

// Position of the first element whose bits, masked, are all ones in the exponent; count if there is
// none.
template <class Word>
size_t first_non_finite(std::span<const std::byte> bytes, Word exponent) {
  size_t count = bytes.size() / sizeof(Word);
  for (size_t i = 0; i < count; ++i) {
    Word word;
    std::memcpy(&word, bytes.data() + i * sizeof(Word), sizeof(Word));
    if ((word & exponent) == exponent) return i;
  }
  return count;
}

}  // namespace

void check_finite(const TensorView& tensor, const std::string& where) {
  size_t bad = 0, count = element_count(tensor);
  switch (tensor.dtype) {
    case DType::F32:
      bad = first_non_finite<uint32_t>(tensor.bytes, 0x7F800000u);
      break;
    case DType::F16:
      bad = first_non_finite<uint16_t>(tensor.bytes, 0x7C00u);
      break;
    case DType::BF16:
      bad = first_non_finite<uint16_t>(tensor.bytes, 0x7F80u);
      break;
    case DType::F64:
      bad = first_non_finite<uint64_t>(tensor.bytes, 0x7FF0000000000000u);
      break;
    case DType::C64:
      bad = first_non_finite<uint32_t>(tensor.bytes, 0x7F800000u);
      bad = bad < 2 * count ? bad / 2 : count;
      break;
    case DType::F8E4M3:  // no infinity; NaN is 0x7F or 0xFF
      bad = first_non_finite<uint8_t>(tensor.bytes, 0x7F);
      break;
    case DType::F8E5M2:
      bad = first_non_finite<uint8_t>(tensor.bytes, 0x7C);
      break;
    case DType::F8E8M0:
      bad = first_non_finite<uint8_t>(tensor.bytes, 0xFF);
      break;
    case DType::F8E4M3Fnuz:
    case DType::F8E5M2Fnuz:  // one NaN, where minus zero would be
      bad =
          static_cast<size_t>(std::find(tensor.bytes.begin(), tensor.bytes.end(), std::byte{0x80}) -
                              tensor.bytes.begin());
      break;
    default:  // integers, and floats that have neither NaN nor infinity
      return;
  }
  if (bad == count) return;
  std::vector<int64_t> at(tensor.shape.size());
  size_t rest = bad;
  for (size_t axis = at.size(); axis-- > 0;) {
    at[axis] = static_cast<int64_t>(rest % static_cast<size_t>(tensor.shape[axis]));
    rest /= static_cast<size_t>(tensor.shape[axis]);
  }
  fail(ErrorKind::Data, where, ": tensor ", tensor.name, " holds a NaN or an infinity at ",
       shape_text(at));
}

void StreamRules::check_header(const ordered_json& header, const std::string& where) {
  require(header.is_object(), ErrorKind::Data, where, ": the header must be a JSON object");
  auto kind = json_get<std::string>(header, "kind", where);
  if (kind == "stream") {
    require(!open_, ErrorKind::Data, where,
            ": a new stream begins, but the one before has no end record");
    check_stream(header, where);
    return;
  }
  require(open_, ErrorKind::Data, where, ": a record of kind ", kind,
          " stands outside of stream ... end");
  if (kind == "chunk") {
    check_chunk(header, where);
    const auto episode = header.at("episode").get<std::string>();
    const auto index = header.at("index").get<int64_t>();
    require(!indices_.contains(episode, index), ErrorKind::Data, where, ": chunk ", index,
            " of episode \"", episode, "\" is there twice");
  } else if (kind == "draws") {
    json_get<std::string>(header, "episode", where);
    require(read_integer(header, "index", where) >= 0, ErrorKind::Data, where,
            ": \"index\" is below 0");
  } else if (kind != "end") {
    require(json_get_or<bool>(header, "optional", false, where), ErrorKind::Data, where,
            ": unknown record kind \"", kind, "\": written by a newer version");
  }
}

std::optional<uint64_t> StreamRules::blob_limit(const ordered_json& header, const StreamShape& s) {
  std::string kind = header.at("kind").get<std::string>();
  if (kind == "draws") return kMaxBlobSize;
  if (kind != "chunk") return std::nullopt;
  // Four axes of at most 2^16 each: as a double the product cannot overflow.
  double elements = header.at("frames").get<double>() * static_cast<double>(s.channels) *
                    static_cast<double>(s.height) * static_cast<double>(s.width);
  double bytes = 4 * elements + (1 << 20);  // f32, and room for the header of the blob
  return bytes < static_cast<double>(kMaxBlobSize) ? static_cast<uint64_t>(bytes) : kMaxBlobSize;
}

void StreamRules::check_blob(const ordered_json& header, const SafetensorsView& blob,
                             const std::string& where) const {
  if (header.at("kind") == "chunk") check_chunk_blob(header, shape_, blob, where);
  if (header.at("kind") == "draws") check_draws_blob(shape_, blob, where);
}

void StreamRules::accept(const ordered_json& header, const std::string& hash_hex,
                         const std::string& where) {
  std::string kind = header.at("kind").get<std::string>();
  ++records_;
  if (kind == "stream") {
    shape_ = check_stream(header, where);
    open_ = counted_ = true;
    chunks_ = frames_ = 0;
    indices_ = {};
  } else if (kind == "chunk") {
    ++chunks_;
    indices_.add(header.at("episode").get<std::string>(), header.at("index").get<int64_t>());
    frames_ += header.at("frames").get<int64_t>();
  } else if (kind == "end" && !counted_) {
    open_ = false;
  } else if (kind == "end") {
    int64_t chunks = read_integer(header, "chunks", where),
            frames = read_integer(header, "frames", where);
    require(chunks == chunks_ && frames == frames_, ErrorKind::Data, where,
            ": the end record counts ", chunks, " chunks and ", frames,
            " frames, the stream holds ", chunks_, " and ", frames_);
    require(json_get<std::string>(header, "hash", where) == "sha256:" + hash_hex, ErrorKind::Data,
            where, ": the hash of the end record does not match: the stream is damaged");
    open_ = false;
  }
}

}  // namespace svg::formats
