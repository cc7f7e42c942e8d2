#include "formats/provenance.h"

#include "libcore/base/hash.h"

#include "test/support/catch.h"

using namespace svg;

CATCH_TEST_CASE("Provenance holds what shaped the bytes, in one order, and nothing else",
                "[formats]") {
  ordered_json first =
      formats::make_provenance("svg-encode", {{"frames", 16}}, 5, {{"model", "sha256:ab"}});
  CATCH_CHECK(first.dump() ==
              R"({"tool":"svg-encode","version":")" + std::string(formats::project_version()) +
                  R"(","settings":{"frames":16},"seed":5,"inputs":{"model":"sha256:ab"}})");
  ordered_json second = formats::make_provenance("svg-generate", nullptr, 0, nullptr, first);
  CATCH_CHECK(second["previous"] == first);
  CATCH_CHECK(second["settings"].is_object());
  CATCH_CHECK(formats::make_provenance("svg-encode", {{"frames", 16}}, 5,
                                       {{"model", "sha256:ab"}}) == first);
}

CATCH_TEST_CASE("A history of any length can be written and read again", "[formats]") {
  ordered_json chain = nullptr, last;
  for (int step = 0; step < 200; ++step) {
    last = chain;
    chain = formats::make_provenance("svg-memory", {{"revision", step}}, 0, nullptr, chain);
    CATCH_REQUIRE_NOTHROW(parse_ordered_json(chain.dump(), "x"));
  }
  CATCH_CHECK(chain.dump().size() < 4096);
  const ordered_json* at = &chain;
  int records = 0;
  for (; at->contains("tool"); at = &at->at("previous")) ++records;
  CATCH_CHECK(records == 16);
  CATCH_CHECK(at->at("earlier") == 184);
  // The digest is that of the chain as it stood.
  const ordered_json* back = &last;
  for (int k = 0; k < 15; ++k) back = &back->at("previous");
  CATCH_CHECK(at->at("sha256") == sha256_hex(as_bytes_of(back->dump())));
}

CATCH_TEST_CASE("Another program's provenance is bounded, whatever it is", "[formats]") {
  ordered_json deep = 1;
  for (int k = 0; k < 60; ++k) deep = ordered_json{{"k", deep}};
  for (const ordered_json& theirs :
       {ordered_json{{"tool", "x"}, {"settings", deep}}, deep, ordered_json("text"),
        ordered_json{{"tool", std::string(100'000, 'x')}}, ordered_json{{"earlier", "many"}}}) {
    ordered_json made = formats::make_provenance("svg-memory", nullptr, 0, nullptr, theirs);
    CATCH_CHECK(made.dump().size() < 70'000);
    CATCH_CHECK_NOTHROW(parse_ordered_json(
        ordered_json{{"provenance", formats::make_provenance("t", nullptr, 0, nullptr, made)}}
            .dump(),
        "x"));
  }
}
