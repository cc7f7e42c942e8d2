// An estimate as a session reports it.
#pragma once
#include "libcore/footprint/footprint.h"
#include "libcore/session/report.h"

namespace svg::session {

// Exit code 0 where it fits, 1 where it does not.
inline Report report_of(const footprint::Footprint& f) {
  return {to_json(f), text_of(f), f.fits() ? 0 : 1};
}

}  // namespace svg::session
