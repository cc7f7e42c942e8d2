#include "libcore/base/hash.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>
#include <xxhash.h>

#include <vector>

#include "libcore/base/descriptor.h"
#include "libcore/base/error.h"
#include "libcore/base/open_file.h"

namespace svg {
namespace {

std::string hex_of(const unsigned char* bytes, size_t n) {
  static const char* digits = "0123456789abcdef";
  std::string text;
  for (size_t i = 0; i < n; ++i) {
    text += digits[bytes[i] >> 4];
    text += digits[bytes[i] & 15];
  }
  return text;
}

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using ContextPtr = std::unique_ptr<EVP_MD_CTX, FreeContext>;

// The digest of what `context` has seen; the context itself can go on.
std::vector<unsigned char> digest_of(const EVP_MD_CTX* context) {
  ContextPtr copy(EVP_MD_CTX_new());
  std::vector<unsigned char> digest(32);
  bool ok = copy && EVP_MD_CTX_copy_ex(copy.get(), context) == 1 &&
            EVP_DigestFinal_ex(copy.get(), digest.data(), nullptr) == 1;
  require(ok, ErrorKind::Internal, "SHA-256 failed in libcrypto");
  return digest;
}

}  // namespace

struct Sha256::State {
  ContextPtr context{EVP_MD_CTX_new()};
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  require(state_->context && EVP_DigestInit_ex(state_->context.get(), EVP_sha256(), nullptr) == 1,
          ErrorKind::Internal, "libcrypto offers no SHA-256");
}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::span<const std::byte> bytes) {
  require(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) == 1,
          ErrorKind::Internal, "SHA-256 failed in libcrypto");
}

std::string Sha256::hex() const {
  std::vector<unsigned char> digest = digest_of(state_->context.get());
  return hex_of(digest.data(), digest.size());
}

struct Xxh128::State {
  struct Free {
    void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
  };
  std::unique_ptr<XXH3_state_t, Free> state{XXH3_createState()};
};

Xxh128::Xxh128() : state_(std::make_unique<State>()) {
  require(state_->state != nullptr, ErrorKind::System, "out of memory");
  XXH3_128bits_reset(state_->state.get());
}
Xxh128::~Xxh128() = default;
Xxh128::Xxh128(Xxh128&&) noexcept = default;
Xxh128& Xxh128::operator=(Xxh128&&) noexcept = default;

void Xxh128::update(std::span<const std::byte> bytes) {
  if (!bytes.empty()) XXH3_128bits_update(state_->state.get(), bytes.data(), bytes.size());
}

std::string Xxh128::hex() const {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(state_->state.get()));
  return hex_of(canonical.digest, sizeof canonical.digest);
}

std::string sha256_hex(std::span<const std::byte> bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.hex();
}

namespace {

std::string sha256_hex_of(const Descriptor& opened, const std::string& path) {
  require_system(static_cast<bool>(opened), ErrorKind::NoInput, "cannot open ", path);
  Sha256 hash;
  std::vector<std::byte> buffer(1 << 18);
  while (size_t n = read_some(opened.number(), buffer, path))
    hash.update(std::span(buffer).first(n));
  return hash.hex();
}

}  // namespace

std::string sha256_hex_of_file(const std::string& path) {
  return sha256_hex_of(Descriptor(open_file(path, O_RDONLY)), path);
}

std::string sha256_hex_of_file(const Folder& folder, const std::string& name) {
  return sha256_hex_of(folder.open_file(name, O_RDONLY), folder.path_of(name));
}

uint64_t seed_from(const std::string& name) {
  Sha256 hash;
  hash.update(as_bytes_of(name));
  std::string hex = hash.hex();
  uint64_t seed = 0;
  for (size_t i = 0; i < 8; ++i)
    seed |= uint64_t{std::stoul(hex.substr(2 * i, 2), nullptr, 16)} << (8 * i);
  return seed;
}

}  // namespace svg
