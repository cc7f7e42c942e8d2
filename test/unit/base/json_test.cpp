#include "libcore/base/json_members.h"

#include "test/support/catch.h"
#include "test/support/errors.h"

using namespace svg;
using test::failure_of;

CATCH_TEST_CASE("What is not one clean JSON document is refused, naming the place", "[base]") {
  std::string deep(65, '['), fine(64, '[');
  for (const std::string& text :
       {std::string(""), std::string("{"), std::string("{} x"), std::string("{\"a\":1,\"a\":2}"),
        std::string("{\"o\":{\"a\":1,\"b\":2,\"a\":3}}"), deep + std::string(65, ']'),
        std::string("\"\xff\""), std::string("NaN"), std::string("{}\0\0", 4),
        std::string("{}\0{}", 5)}) {
    CATCH_CAPTURE(text);
    auto failure = failure_of([&] { parse_json(text, "here.json"); });
    CATCH_CHECK(failure.kind == ErrorKind::Data);
    CATCH_CHECK(failure.says("here.json: "));
    CATCH_CHECK_FALSE(failure.says("json.exception"));
  }
  CATCH_CHECK_NOTHROW(parse_json(fine + std::string(64, ']'), "x"));
  CATCH_CHECK(parse_json(R"({"a":{"k":1},"b":{"k":2}})", "x")["b"]["k"] ==
              2);  // the same key in two objects is fine
}

CATCH_TEST_CASE("Order of keys survives where it matters", "[base]") {
  CATCH_CHECK(dump_json(parse_ordered_json(R"({"z":1,"a":2})", "x"), "x") == R"({"z":1,"a":2})");
  CATCH_CHECK(failure_of([] { dump_json({{"k", "\xff"}}, "x"); }).kind == ErrorKind::Data);
}

CATCH_TEST_CASE("What a file may hold is bounded, and read in linear time", "[base]") {
  // Quadratic in the number of keys or of nested values, any of these takes minutes.
  std::string keys = "{", nested = "[";
  for (int i = 0; i < 150'000; ++i) {
    keys += cat(i ? "," : "", "\"key", i, "\":{}");
    nested += cat(i ? "," : "", "[[],{}]");
  }
  auto ordered = parse_ordered_json(keys + "}", "x");
  CATCH_CHECK(ordered.size() == 150'000);
  CATCH_CHECK(ordered.items().begin().key() == "key0");
  CATCH_CHECK(parse_json(keys + "}", "x").size() == 150'000);
  CATCH_CHECK(parse_ordered_json(nested + "]", "x").size() == 150'000);
  std::string many = "[0";
  for (int i = 0; i < 500'000; ++i) many += ",0";
  CATCH_CHECK(failure_of([&] { parse_json(many + "]", "x"); }).says("more than 500000"));
}

CATCH_TEST_CASE("The members of an object come one by one, as they stand in the text", "[base]") {
  auto read = [](const std::string& text) {
    std::string found;
    parse_json_members(text, "x", [&](const std::string& key, const json& value) {
      found += key + "=" + value.dump() + ";";
    });
    return found;
  };
  CATCH_CHECK(read(R"({"b":1,"a":{"k":[1,{"k":2}]},"c":[],"d":"text"})") ==
              R"(b=1;a={"k":[1,{"k":2}]};c=[];d="text";)");
  CATCH_CHECK(read("{}").empty());
  for (const char* wrong : {"[1]", "1", "", R"({"a":1,"a":2})", R"({"a":1} x)", R"({"a":[1})"}) {
    CATCH_CAPTURE(wrong);
    CATCH_CHECK(failure_of([&] { read(wrong); }).kind == ErrorKind::Data);
  }
}

CATCH_TEST_CASE("Whole numbers are taken as they stand, or not at all", "[base]") {
  json doc =
      parse_json(R"({"minus":-1,"half":1.5,"yes":true,"big":18446744073709551615,"n":7})", "x");
  CATCH_CHECK(json_get<uint64_t>(doc, "big", "x") == UINT64_MAX);
  CATCH_CHECK(json_get<uint64_t>(doc, "n", "x") == 7);
  CATCH_CHECK(json_get<int64_t>(doc, "minus", "x") == -1);
  for (const char* key : {"minus", "half", "yes"})
    CATCH_CHECK(failure_of([&] { json_get<uint64_t>(doc, key, "f"); }).kind == ErrorKind::Data);
  for (const char* key : {"big", "half", "yes"})
    CATCH_CHECK(failure_of([&] { json_get<int64_t>(doc, key, "f"); }).kind == ErrorKind::Data);
  CATCH_CHECK(failure_of([&] { json_get<double>(doc, "yes", "f"); }).kind == ErrorKind::Data);
}

CATCH_TEST_CASE("Keys are read with their type", "[base]") {
  json doc = parse_json(R"({"n":3,"x":1.5,"s":"t","z":null,"big":18446744073709551615})", "x");
  CATCH_CHECK(json_get<std::string>(doc, "s", "x") == "t");
  CATCH_CHECK(json_get_or<int>(doc, "z", 7, "x") == 7);
  CATCH_CHECK(json_get_or<int>(doc, "none", 7, "x") == 7);
  CATCH_CHECK(read_integer(doc, "n", "x") == 3);
  CATCH_CHECK(failure_of([&] { json_get<int>(doc, "none", "f"); }).says("\"none\" is missing"));
  CATCH_CHECK(
      failure_of([&] { json_get<int>(doc, "s", "f"); }).says("\"s\" has the wrong type (string)"));
  for (const char* key : {"x", "s", "big"})
    CATCH_CHECK(failure_of([&] { read_integer(doc, key, "f"); }).kind == ErrorKind::Data);
}
