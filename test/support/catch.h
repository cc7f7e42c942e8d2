// Catch2 with prefixed macros (CATCH_CHECK, CATCH_TEST_CASE ...): torch's headers define CHECK too,
// and by include order one silently replaces the other. Never include <catch2/catch.hpp> directly.
#pragma once
#define CATCH_CONFIG_PREFIX_ALL
#include <catch2/catch.hpp>
