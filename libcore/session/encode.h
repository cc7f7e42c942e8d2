// svg-encode: pictures in, latent stream out. Torch-free.
#pragma once
#include "libcore/model/encode_inputs.h"
#include "libcore/session/door.h"

namespace svg::session {

struct EncodeOptions : EncodeSettings {
  static constexpr const char* kSession = "svg_encode_session";
};

}  // namespace svg::session

extern "C" svg::session::Session<svg::session::EncodeOptions> svg_encode_session;
