// The --fast-* flags, which mean the same wherever something is learned.
#pragma once
#include <CLI/CLI.hpp>

#include "libcore/learn/fast_flags.h"

namespace svg::tools {

void add_fast_options(CLI::App& app, learn::FastFlags& flags);

}  // namespace svg::tools
