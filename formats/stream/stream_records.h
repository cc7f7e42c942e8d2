// The bytes of a record of a latent stream. Internal to formats/.
#pragma once
#include <cstdint>

namespace svg::formats {

constexpr uint32_t kRecordMagic = 0x184D2A5E;  // a zstd skippable frame (RFC 8878, section 3.1.2)
constexpr uint32_t kFrameMagic = 0xFD2FB528;   // a zstd frame (RFC 8878, section 3.1.1)

// The most bytes that a blob may have which is compressed to `compressed` bytes. Latents, whole
// numbers of half bytes even, do not shrink that far; 130 kB that grow to gigabytes do. Small blobs
// may hold anything.
constexpr uint64_t most_from(uint64_t compressed) {
  return (uint64_t{64} << 20) + 100 * compressed;
}

}  // namespace svg::formats
