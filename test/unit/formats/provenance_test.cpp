#include "formats/provenance.h"

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
