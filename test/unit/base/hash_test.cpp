// Expected digests: FIPS 180-2 appendix B (SHA-256) and the XXH3 sanity table of xxHash (the empty
// input).
#include "libcore/base/hash.h"

#include "libcore/base/atomic_file.h"
#include "test/support/catch.h"
#include "test/support/errors.h"
#include "test/support/temp_dir.h"

using namespace svg;

CATCH_TEST_CASE("SHA-256 of the examples of its standard, whole and in parts", "[base]") {
  const std::string text = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
  CATCH_CHECK(sha256_hex(as_bytes_of("abc")) ==
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  Sha256 hash;
  hash.update(as_bytes_of(text.substr(0, 20)));
  CATCH_CHECK(hash.hex() == sha256_hex(as_bytes_of(text.substr(0, 20))));  // and goes on
  hash.update(as_bytes_of(text.substr(20)));
  CATCH_CHECK(hash.hex() == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

CATCH_TEST_CASE("SHA-256 of a file is that of its bytes", "[base]") {
  test::TempDir dir;
  std::string text(300'000, 'q');
  write_file_atomically(dir / "f", text);
  CATCH_CHECK(sha256_hex_of_file(dir / "f") == sha256_hex(as_bytes_of(text)));
  CATCH_CHECK(test::failure_of([&] { sha256_hex_of_file(dir / "none"); }).kind ==
              ErrorKind::NoInput);
}

CATCH_TEST_CASE("XXH3-128 does not depend on how the bytes are cut up", "[base]") {
  CATCH_CHECK(Xxh128().hex() == "99aa06d3014798d86001c324468d497f");
  std::string text(1000, '\0');
  for (size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i * 37);
  Xxh128 whole, parts;
  whole.update(as_bytes_of(text));
  for (size_t i = 0; i < text.size(); i += 111) parts.update(as_bytes_of(text.substr(i, 111)));
  CATCH_CHECK(whole.hex() == parts.hex());
  CATCH_CHECK(whole.hex() != Xxh128().hex());
}

CATCH_TEST_CASE("A seed is the first 8 bytes of the digest of its name, little-endian", "[base]") {
  CATCH_CHECK(seed_from("abc") == 0xeacf018fbf1678baULL);  // ba7816bf8f01cfea... above
  CATCH_CHECK(seed_from("abc") != seed_from("abd"));
}
