// Products and sums of sizes that a file states: the number, or nothing where it does not fit,
// never a wrapped one.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>

namespace svg {

// factors[0] * factors[1] * ...; nullopt where a factor is below 0 or the product above 2^63 - 1.
inline std::optional<int64_t> checked_product(std::span<const int64_t> factors) {
  int64_t product = 1;
  bool fits = true, zero = false;
  for (int64_t factor : factors) {
    if (factor < 0) return std::nullopt;
    zero = zero || factor == 0;
    fits = fits && !__builtin_mul_overflow(product, factor, &product);
  }
  if (zero) return 0;
  return fits ? std::optional(product) : std::nullopt;
}

inline std::optional<int64_t> checked_product(std::initializer_list<int64_t> factors) {
  return checked_product(std::span(factors.begin(), factors.size()));
}

// The sum, likewise.
inline std::optional<int64_t> checked_add(std::initializer_list<int64_t> terms) {
  int64_t sum = 0;
  for (int64_t term : terms) {
    if (term < 0 || __builtin_add_overflow(sum, term, &sum)) return std::nullopt;
  }
  return sum;
}

}  // namespace svg
