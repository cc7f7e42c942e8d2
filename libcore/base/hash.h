// Digests. SHA-256 where a reader in another language should be able to check (streams, memories,
// manifests), XXH3-128 where gigabytes of weights get a fingerprint while they load.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "libcore/base/folder.h"

namespace svg {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  void update(std::span<const std::byte> bytes);
  // The digest of all bytes so far as 64 lower-case hex digits; updating may go on afterwards.
  std::string hex() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

class Xxh128 {
 public:
  Xxh128();
  ~Xxh128();
  Xxh128(Xxh128&&) noexcept;
  Xxh128& operator=(Xxh128&&) noexcept;
  void update(std::span<const std::byte> bytes);
  std::string hex() const;  // 32 lower-case hex digits, canonical (big-endian) byte order

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string sha256_hex(std::span<const std::byte> bytes);
// Throws Error{NoInput or Io}.
std::string sha256_hex_of_file(const std::string& path);
std::string sha256_hex_of_file(const Folder& folder, const std::string& name);

// A 64-bit seed from text (first 8 bytes of its SHA-256, little-endian): how every random stream is
// named.
uint64_t seed_from(const std::string& name);

inline std::span<const std::byte> as_bytes_of(const std::string& s) {
  return std::as_bytes(std::span<const char>(s.data(), s.size()));
}

}  // namespace svg
