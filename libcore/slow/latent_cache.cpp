#include "libcore/slow/latent_cache.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

#include "libcore/base/atomic_file.h"
#include "libcore/base/descriptor.h"
#include "libcore/base/error.h"
#include "libcore/base/folder.h"
#include "libcore/base/hash.h"
#include "libcore/base/log.h"
#include "libcore/base/path.h"
#include "libcore/base/signals.h"
#include "libcore/model/encode_inputs.h"

namespace svg::slow {

namespace {

// Processes that share a folder, as the shards of a job array do, encode into it one after the
// other: the second finds what the first has made.
Descriptor wait_for_turn(const std::string& folder) {
  const auto opened = Folder::open(folder, ErrorKind::CannotCreate, "cannot open");
  Descriptor lock = opened.open_file("lock", O_RDWR | O_CREAT);
  require_system(static_cast<bool>(lock), ErrorKind::CannotCreate, "cannot create ", folder,
                 "/lock");
  while (::flock(lock.number(), LOCK_EX) != 0) {
    require_system(errno == EINTR, ErrorKind::Io, "cannot lock ", folder, "/lock");
    require(!stop_requested(), ErrorKind::Stopped, "stopped while another process encodes into ",
            folder);
  }
  return lock;
}

}  // namespace

std::vector<std::string> encoded_data(const ModelDirectory& model,
                                      const std::vector<std::string>& data,
                                      const std::string& folder, Context& context) {
  std::vector<std::string> streams;
  for (const auto& entry : data) {
    require(path_exists(entry), ErrorKind::NoInput, entry,
            ": no such manifest directory or latent stream");
    if (!is_folder(entry)) {
      streams.push_back(entry);
      continue;
    }
    const auto manifest = entry + "/episodes.jsonl";
    require(path_exists(manifest), ErrorKind::NoInput, manifest,
            ": cannot be read: expected a manifest directory");
    const auto digest =
        sha256_hex(as_bytes_of(model.fingerprint("vae") + sha256_hex_of_file(manifest)));
    const auto path = folder + "/" + digest.substr(0, 16) + ".latents";
    streams.push_back(path);
    if (path_exists(path)) continue;
    make_directories(folder);
    const auto turn = wait_for_turn(folder);
    if (path_exists(path)) continue;
    log_info(cat("encoding ", entry, " once"));
    try {
      encode_inputs({.model = model.path(),
                     .inputs = {entry},
                     .output = path,
                     .latents_dtype = Precision::Fp16},
                    context);
    } catch (const Interrupted&) {
      fail(ErrorKind::Stopped, "stopped while encoding ", entry,
           ": the same command begins with it again");
    }
  }
  return streams;
}

}  // namespace svg::slow
