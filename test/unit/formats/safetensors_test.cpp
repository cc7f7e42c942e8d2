#include "formats/safetensors.h"

#include "libcore/base/atomic_file.h"
#include "libcore/base/hash.h"
#include "test/support/catch.h"
#include "test/support/errors.h"
#include "test/support/small_files.h"
#include "test/support/temp_dir.h"

using namespace svg;
using namespace svg::formats;
using test::failure_of;

namespace {

// A blob with this header text and `data` zero bytes.
std::vector<std::byte> blob_of(const std::string& header, size_t data) {
  std::string text(8, '\0');
  for (int i = 0; i < 8; ++i) text[i] = static_cast<char>(header.size() >> (8 * i));
  text += header + std::string(data, '\0');
  return {as_bytes_of(text).begin(), as_bytes_of(text).end()};
}

// Everything a reader learns of a file, as one string.
std::string facts(const SafetensorsView& view) {
  std::string text;
  for (const auto& [key, value] : view.metadata) text += key + "=" + value + ";";
  for (const TensorView& t : view.tensors) {
    text += t.name + dtype_name(t.dtype);
    for (int64_t n : t.shape) text += "," + std::to_string(n);
    text += ":" + test::text_of(t.bytes) + ";";
  }
  return text;
}

}  // namespace

CATCH_TEST_CASE("Tensors and metadata come back as they were written", "[formats]") {
  auto a = test::ramp("a.weight", {2, 3}), b = test::ramp("b", {}),
       none = test::ramp("none", {0, 4});
  auto blob = encode_safetensors({a.view(), none.view(), b.view()}, {{"k", "v"}});
  auto view = parse_safetensors(blob, "blob");
  CATCH_REQUIRE(view.tensors.size() == 3);
  CATCH_CHECK(view.metadata == Metadata{{"k", "v"}});
  CATCH_CHECK(view.find("a.weight")->shape == a.shape);
  CATCH_CHECK(test::text_of(view.find("a.weight")->bytes) == test::text_of(a.view().bytes));
  CATCH_CHECK(view.find("b")->shape.empty());
  CATCH_CHECK(view.find("none")->bytes.empty());
  CATCH_CHECK(view.find("c") == nullptr);
  CATCH_CHECK(view.tensors[0].bytes.data() ==
              blob.data() + blob.size() - 28);  // header padded, no gaps
  CATCH_CHECK((view.tensors[0].bytes.data() - blob.data()) % 8 == 0);
}

CATCH_TEST_CASE("Every way a header can lie is refused with the place named", "[formats]") {
  struct Case {
    std::string header;
    size_t data;
    const char* says;
  };
  const std::vector<Case> cases{
      {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 7, "reach outside"},
      {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 9,
       "1 bytes follow the last tensor"},
      {R"({"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})", 8, "do not give the 8 bytes"},
      {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})", 12, "a hole or an overlap"},
      {R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})",
       3, "overlap"},
      {R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})",
       1, "stands twice"},
      {R"({"a":{"dtype":"F8_E4M3FN","shape":[1],"data_offsets":[0,1]}})", 1, "unknown dtype"},
      {R"({"a":{"dtype":"F4","shape":[3],"data_offsets":[0,2]}})", 2, "do not give the 2 bytes"},
      {std::string(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})") +
           std::string(2, '\0'),
       1, "a NUL"},
      {std::string(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})") + "\v", 1,
       "not valid JSON"},
      {R"({"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}})", 1, "integers from 0"},
      {R"({"a":{"dtype":"U8","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,1]}})", 1,
       "more than 8 axes"},
      {R"({"a":{"dtype":"F64","shape":[2305843009213693952],"data_offsets":[0,0]}})", 0,
       "do not give the 0 bytes"},
      {R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}})", 1, "reach outside"},
      {R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0]}})", 1, "two integers"},
      {R"({"a":{"dtype":"U8","shape":[1]}})", 1, "two integers"},
      {R"({"a":7})", 0, "expected an object"},
      {R"({"__metadata__":{"k":1}})", 0, "must be a string"},
      {R"({"__metadata__":[]})", 0, "an object or null"},
      {R"([1])", 0, "does not begin with '{'"},
      {R"({"a":)", 0, "not valid JSON"}};
  for (const Case& c : cases) {
    CATCH_CAPTURE(c.header);
    auto failure =
        failure_of([&] { parse_safetensors(blob_of(c.header, c.data), "x.safetensors"); });
    CATCH_CHECK(failure.kind == ErrorKind::Data);
    CATCH_CHECK(failure.says(c.says));
    CATCH_CHECK(failure.says("x.safetensors"));
  }
}

CATCH_TEST_CASE("A written file carries a digest; missing, empty and foreign files are told apart",
                "[formats]") {
  test::TempDir dir;
  auto a = test::ramp("a", {5});
  write_safetensors(dir / "a.safetensors", {a.view()}, {{"format", "pt"}});
  SafetensorsFile file(dir / "a.safetensors");
  CATCH_CHECK(file.view().metadata.at("format") == "pt");
  CATCH_CHECK(file.view().metadata.contains("svg.digest"));
  SafetensorsFile moved = std::move(file);
  CATCH_CHECK(test::text_of(moved.view().find("a")->bytes) == test::text_of(a.view().bytes));
  CATCH_CHECK(failure_of([&] { SafetensorsFile(dir / "none"); }).kind == ErrorKind::NoInput);
  CATCH_CHECK(failure_of([&] { SafetensorsFile(dir.path()); }).kind == ErrorKind::NoInput);
  write_file_atomically(dir / "empty", "");
  CATCH_CHECK(failure_of([&] { SafetensorsFile(dir / "empty"); }).kind == ErrorKind::Data);
}

CATCH_TEST_CASE("Cut off anywhere or with any bit flipped, a file is refused or reads the same",
                "[formats]") {
  test::TempDir dir;
  auto a = test::ramp("a", {2, 2}), b = test::ramp("b", {3}, 1);
  write_safetensors(dir / "x", {a.view(), b.view()}, {{"rank", "2"}});
  std::string whole = read_file(dir / "x"), truth = facts(SafetensorsFile(dir / "x").view());
  auto outcome = [&](const std::string& bytes) {
    test::put_bytes(dir / "y", bytes);
    std::string read;
    auto failure = failure_of([&] { read = facts(SafetensorsFile(dir / "y").view()); });
    return failure.kind == ErrorKind::Data || (!failure.kind && read == truth);
  };
  for (size_t n = 0; n < whole.size(); ++n) {
    CATCH_CAPTURE(n);
    CATCH_REQUIRE(outcome(whole.substr(0, n)));
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = whole;
      flipped[n] = static_cast<char>(flipped[n] ^ (1 << bit));
      CATCH_REQUIRE(outcome(flipped));
    }
  }
}

CATCH_TEST_CASE("Tensors and keys of metadata are counted", "[formats]") {
  auto refused = [](const std::string& header) {
    return failure_of([&] { parse_safetensors(blob_of(header, 0), "x"); });
  };
  std::string tensors = "{", keys = "{\"__metadata__\":{";
  for (int i = 0; i < 100'001; ++i)
    tensors += cat(i ? "," : "", "\"", i, R"(":{"dtype":"U8","shape":[0],"data_offsets":[0,0]})");
  for (int i = 0; i < 10'001; ++i) keys += cat(i ? "," : "", "\"", i, "\":\"\"");
  CATCH_CHECK(refused(tensors + "}").says("more than 100000 tensors"));
  CATCH_CHECK(refused(keys + "}}").says("10001 keys"));
}

CATCH_TEST_CASE("Whatever the reference implementation takes is read", "[formats]") {
  // safetensors 0.8.0: its dtypes, null for metadata, every white space behind the header, keys of
  // later versions in an entry, and no bytes whatever the other axes say.
  for (const char* padding : {"", " ", "\n", "\t\r\n "}) {
    auto view = parse_safetensors(
        blob_of(cat(R"({"__metadata__":null,"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})",
                    padding),
                1),
        "x");
    CATCH_CHECK(view.metadata.empty());
    CATCH_CHECK(view.tensors.size() == 1);
  }
  struct Type {
    const char* name;
    size_t bits;
  };
  for (const Type& type :
       {Type{"BOOL", 8},    Type{"F4", 4},          Type{"F6_E2M3", 6},     Type{"F6_E3M2", 6},
        Type{"U8", 8},      Type{"I8", 8},          Type{"F8_E5M2", 8},     Type{"F8_E4M3", 8},
        Type{"F8_E8M0", 8}, Type{"F8_E4M3FNUZ", 8}, Type{"F8_E5M2FNUZ", 8}, Type{"I16", 16},
        Type{"U16", 16},    Type{"F16", 16},        Type{"BF16", 16},       Type{"I32", 32},
        Type{"U32", 32},    Type{"F32", 32},        Type{"C64", 64},        Type{"F64", 64},
        Type{"I64", 64},    Type{"U64", 64}}) {
    CATCH_CAPTURE(type.name);
    size_t bytes = type.bits;  // of 8 elements
    auto blob = blob_of(
        cat(R"({"a":{"dtype":")", type.name, R"(","shape":[8],"data_offsets":[0,)", bytes, "]}}"),
        bytes);
    auto view = parse_safetensors(blob, "x");
    CATCH_CHECK(dtype_name(view.tensors.at(0).dtype) == std::string(type.name));
    CATCH_CHECK(dtype_from(type.name) == view.tensors[0].dtype);
    CATCH_CHECK(element_count(view.tensors[0]) == 8);
  }
  CATCH_CHECK_NOTHROW(parse_safetensors(
      blob_of(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"later":[1]}})", 1), "x"));
  CATCH_CHECK_NOTHROW(parse_safetensors(
      blob_of(R"({"a":{"dtype":"F32","shape":[0,9223372036854775807,9],"data_offsets":[0,0]}})", 0),
      "x"));
}
