#include "formats/tensor_numbers.h"

#include <cmath>
#include <cstring>

#include "libcore/base/error.h"

namespace svg::formats {
namespace {

float half_to_float(uint16_t h) {
  uint32_t sign = uint32_t{h & 0x8000u} << 16, exponent = (h >> 10) & 31u, mantissa = h & 0x3FFu;
  if (exponent == 0) {  // zero and subnormals: a multiple of 2^-24
    float value = static_cast<float>(mantissa) * 5.9604644775390625e-8f;
    return sign ? -value : value;
  }
  uint32_t bits = sign | (exponent == 31 ? 0x7F800000u : (exponent + 112) << 23) | mantissa << 13;
  float value;
  std::memcpy(&value, &bits, 4);
  return value;
}

float brain_to_float(uint16_t b) {
  uint32_t bits = uint32_t{b} << 16;
  float value;
  std::memcpy(&value, &bits, 4);
  return value;
}

uint16_t first_word(const TensorView& tensor) {
  uint16_t word;
  std::memcpy(&word, tensor.bytes.data(), 2);
  return word;
}

// Inner products of the rows of a [n, m] matrix, or of its columns: [n, n] or [m, m].
std::vector<double> products(const std::vector<float>& x, size_t n, size_t m, bool of_rows) {
  size_t count = of_rows ? n : m, length = of_rows ? m : n;
  auto at = [&](size_t which, size_t k) { return of_rows ? x[which * m + k] : x[k * m + which]; };
  std::vector<double> out(count * count);
  for (size_t i = 0; i < count; ++i) {
    for (size_t j = 0; j <= i; ++j) {
      double sum = 0;
      for (size_t k = 0; k < length; ++k) sum += double{at(i, k)} * double{at(j, k)};
      out[i * count + j] = out[j * count + i] = sum;
    }
  }
  return out;
}

}  // namespace

std::vector<float> floats_of(const TensorView& tensor) {
  std::vector<float> out(tensor.bytes.size() / dtype_size(tensor.dtype));
  if (tensor.dtype == DType::F32) {
    std::memcpy(out.data(), tensor.bytes.data(), tensor.bytes.size());
    return out;
  }
  bool brain = tensor.dtype == DType::BF16;
  require(brain || tensor.dtype == DType::F16, ErrorKind::Internal, "tensor ", tensor.name, " is ",
          dtype_name(tensor.dtype), ", expected F32, F16 or BF16");
  for (size_t i = 0; i < out.size(); ++i) {
    uint16_t word;
    std::memcpy(&word, tensor.bytes.data() + 2 * i, 2);
    out[i] = brain ? brain_to_float(word) : half_to_float(word);
  }
  return out;
}

namespace {

template <class Number>
double first_as(const TensorView& tensor) {
  Number number;
  std::memcpy(&number, tensor.bytes.data(), sizeof number);
  return static_cast<double>(number);
}

}  // namespace

std::optional<double> number_of(const TensorView& tensor) {
  if (tensor.bytes.empty()) return std::nullopt;
  switch (tensor.dtype) {
    case DType::F32:
      return first_as<float>(tensor);
    case DType::F16:
      return half_to_float(first_word(tensor));
    case DType::BF16:
      return brain_to_float(first_word(tensor));
    case DType::F64:
      return first_as<double>(tensor);
    case DType::I64:
      return first_as<int64_t>(tensor);
    case DType::I32:
      return first_as<int32_t>(tensor);
    case DType::I16:
      return first_as<int16_t>(tensor);
    case DType::I8:
      return first_as<int8_t>(tensor);
    case DType::U64:
      return first_as<uint64_t>(tensor);
    case DType::U32:
      return first_as<uint32_t>(tensor);
    case DType::U16:
      return first_as<uint16_t>(tensor);
    case DType::U8:
      return first_as<uint8_t>(tensor);
    default:
      return std::nullopt;
  }
}

double norm_of_update(const std::vector<LoraLayer>& layers) {
  double total = 0;
  for (const LoraLayer& layer : layers) {
    auto rank = static_cast<size_t>(layer.rank());
    std::vector<float> a = floats_of(layer.a), b = floats_of(layer.b);
    std::vector<double> of_a = products(a, rank, a.size() / rank, true),
                        of_b = products(b, b.size() / rank, rank, false);
    double square = 0, scale = layer.alpha / static_cast<double>(rank);
    for (size_t i = 0; i < of_a.size(); ++i) square += of_a[i] * of_b[i];
    total += scale * scale * std::max(square, 0.0);
  }
  return std::sqrt(total);
}

}  // namespace svg::formats
