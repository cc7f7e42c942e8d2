// Weights of a feature network by name: those of a safetensors file, or drawn from a seed.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "formats/safetensors.h"

namespace svg::eval {

// Whose weights they are, which decides what a metric may be called (metrics.md section 3, Names).
enum class WeightOrigin {
  Published,  // those that the profile names, told by their digest: "lpips_v1"
  Custom,     // of a file that nobody here knows: "lpips_custom"
  Random,     // drawn: "lpips_rand"
};

class NetworkWeights {
 public:
  // A file that examples/weights/convert.py made, or any safetensors file with the same names.
  // Throws Error{NoInput} where it is not there, Error{Data} where it is damaged: cut off, numbers
  // that are not finite, or others than the converter wrote.
  static NetworkWeights from_file(const std::string& path);
  // `network` keeps the draws of two networks apart.
  static NetworkWeights random(uint64_t seed, const std::string& network);

  // The weight [out, in, ...] of a convolution. Drawn: He's normal, fan out, as torchvision does.
  at::Tensor kernel(const std::string& name, at::IntArrayRef shape);
  // Anything else. Drawn: `initial` everywhere.
  at::Tensor values(const std::string& name, at::IntArrayRef shape, double initial);
  // Names, by how they begin or end, that a file may hold without a taker.
  void ignore_prefix(const std::string& prefix);
  void ignore_suffix(const std::string& suffix);
  // Throws Error{Data} that lists tensors which are missing, of another shape or not known.
  void finish();

  WeightOrigin origin() const { return origin_; }
  // SHA-256 over names, shapes and numbers in f32, whatever the file's order; "" where drawn.
  const std::string& digest() const { return digest_; }
  const std::vector<std::pair<std::string, at::Tensor>>& list() const { return list_; }

 private:
  at::Tensor find(const std::string& name, at::IntArrayRef shape);

  std::shared_ptr<const formats::SafetensorsFile> file_;
  uint64_t seed_ = 0;
  std::string network_, where_, digest_;
  WeightOrigin origin_ = WeightOrigin::Random;
  std::vector<std::pair<std::string, at::Tensor>> list_;
  std::vector<std::string> prefixes_, suffixes_, problems_;
};

}  // namespace svg::eval
