// What the config.json files of a diffusers directory have in common.
#pragma once
#include <initializer_list>
#include <string>

#include "libcore/base/json.h"

namespace svg {

// The version of diffusers that our config files follow, written as "_diffusers_version".
inline constexpr const char* kDiffusersVersion = "0.42.1";

// Throws Error{Data} unless doc["_class_name"] is `name` or absent.
void expect_class_name(const json& doc, const std::string& name, const std::string& where);

// Throws Error{Data} that lists the keys of `doc` outside `known` (keys that begin with "_" are
// diffusers' own notes): a setting that we would not honour must not pass in silence.
void expect_known_keys(const json& doc, std::initializer_list<const char*> known,
                       const std::string& where);

}  // namespace svg
