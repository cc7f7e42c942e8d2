// Small tensors, streams and files for tests: real content, few bytes.
#pragma once
#include <fstream>
#include <span>
#include <string>
#include <vector>

#include "formats/safetensors.h"
#include "formats/stream/latent_stream.h"

namespace svg::test {

// A tensor that owns its bytes: f32 values.
struct OwnedTensor {
  std::string name;
  std::vector<int64_t> shape;
  std::vector<float> values;
  formats::TensorView view() const {
    return {name, formats::DType::F32, shape, std::as_bytes(std::span<const float>(values))};
  }
};

// Values 0, 1/8, 2/8 ... plus `start`: exact in every float type.
inline OwnedTensor ramp(const std::string& name, std::vector<int64_t> shape, float start = 0) {
  size_t count = 1;
  for (int64_t n : shape) count *= static_cast<size_t>(n);
  OwnedTensor tensor{name, std::move(shape), std::vector<float>(count)};
  for (size_t i = 0; i < count; ++i) tensor.values[i] = start + static_cast<float>(i) / 8;
  return tensor;
}

inline ordered_json stream_header(int channels = 2, int height = 2, int width = 3) {
  return {{"kind", "stream"},
          {"format", "svg-latents/1"},
          {"model", "xxh128:0123"},
          {"channels", channels},
          {"height", height},
          {"width", width},
          {"fps", 10},
          {"scaling_factor", 0.18215},
          {"provenance", {{"tool", "test"}}}};
}

inline ordered_json chunk_header(int index, int frames, const std::string& role = "generated") {
  return {{"kind", "chunk"},
          {"episode", "maze/1"},
          {"index", index},
          {"role", role},
          {"action", "turn left 45 degrees"},
          {"frames", frames},
          {"past", 4},
          {"memory", nullptr},
          {"seed", 7}};
}

// Without the syncing of real writers: tests write thousands of damaged files.
inline void put_bytes(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

inline std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace svg::test
