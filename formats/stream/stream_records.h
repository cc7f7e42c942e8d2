// The bytes of a record of a latent stream. Internal to formats/.
#pragma once
#include <cstdint>

namespace svg::formats {

constexpr uint32_t kRecordMagic = 0x184D2A5E;  // a zstd skippable frame (RFC 8878, section 3.1.2)
constexpr uint32_t kFrameMagic = 0xFD2FB528;   // a zstd frame (RFC 8878, section 3.1.1)

}  // namespace svg::formats
