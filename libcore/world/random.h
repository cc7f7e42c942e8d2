// The only source of chance in the worlds: SplitMix64 with distributions of our own, because those
// of <random> differ between standard libraries. A stream is named: forking by name gives an
// independent stream, whatever was drawn before.
#pragma once
#include <cstdint>
#include <string_view>

namespace svg::world {

class Random {
 public:
  explicit Random(uint64_t seed) : seed_(seed), state_(seed) {}

  uint64_t next() { return mix(state_ += 0x9E3779B97F4A7C15u); }
  // Uniform in [0, n), n >= 1 and below 2^32 (bias below n / 2^32).
  uint32_t below(uint32_t n) { return static_cast<uint32_t>(((next() >> 32) * n) >> 32); }
  // Uniform in [lo, hi], both included.
  int between(int lo, int hi) {
    return lo + static_cast<int>(below(static_cast<uint32_t>(hi - lo + 1)));
  }
  // True in `percent` of 100 draws.
  bool chance(uint32_t percent) { return below(100) < percent; }

  // The stream `name` of this stream's seed; FNV-1a of the name is mixed into the seed.
  Random fork(std::string_view name) const {
    uint64_t h = 0xCBF29CE484222325u;
    for (char c : name) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
    return Random(mix(seed_ + h));
  }
  Random fork(std::string_view name, uint64_t index) const {
    return Random(mix(fork(name).seed_ ^ mix(index + 1)));
  }

 private:
  // Steele, Lea, Flood: Fast splittable pseudorandom number generators (2014), finaliser of
  // java.util.SplittableRandom.
  static uint64_t mix(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }
  uint64_t seed_, state_;
};

}  // namespace svg::world
