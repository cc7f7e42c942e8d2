// Bytes as a safetensors blob: in memory, and what is read of it written again and read again.
#include "formats/safetensors.h"
#include "test/fuzz/parts.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  svg::fuzz::expect_errors_only([&] {
    const auto view =
        svg::formats::parse_safetensors(std::as_bytes(std::span(data, size)), "input");
    uint8_t sum = 0;
    for (const auto& tensor : view.tensors)
      for (const std::byte b : tensor.bytes)
        sum = static_cast<uint8_t>(sum ^ std::to_integer<uint8_t>(b));
    const auto again = svg::formats::encode_safetensors(view.tensors, view.metadata);
    const auto same = svg::formats::parse_safetensors(again, "written");
    if (same.tensors.size() != view.tensors.size() || sum > 255) abort();
  });
  return 0;
}
