#include "formats/inspect.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats/data/manifest.h"
#include "formats/lora/lora_delta.h"
#include "formats/memory/memory.h"
#include "formats/memory/memory_json.h"
#include "formats/model/model_directory.h"
#include "formats/store/loop_store.h"
#include "formats/stream/latent_stream.h"
#include "formats/stream/stream_checks.h"
#include "libcore/base/atomic_file.h"
#include "libcore/base/descriptor.h"
#include "libcore/base/error.h"
#include "libcore/base/hash.h"
#include "libcore/base/open_file.h"
#include "libcore/base/path.h"

namespace svg::formats {
namespace {

constexpr size_t kMaxProvenanceBytes = size_t{16} << 20;  // as in the header of a stream

ordered_json facts_of_tensor(const TensorView& tensor) {
  return {{"dtype", dtype_name(tensor.dtype)},
          {"shape", tensor.shape},
          {"sha256", sha256_hex(tensor.bytes)}};
}

ordered_json facts_of_tensors(const SafetensorsView& view) {
  ordered_json facts = ordered_json::object();
  for (const TensorView& tensor : view.tensors)
    append_member(facts, tensor.name, facts_of_tensor(tensor));
  return facts;
}

Inspection inspect_stream(StreamReader reader) {
  Inspection result;
  ordered_json streams = ordered_json::array();
  result.provenance = ordered_json::array();
  while (auto record = reader.next()) {
    const RecordKind kind = record->kind();
    ordered_json facts = std::move(record->header);
    facts.erase("check");
    if (kind == RecordKind::Stream) {
      result.provenance.push_back(std::move(facts["provenance"]));
      facts.erase("provenance");
      ordered_json stream = ordered_json::object();
      stream["stream"] = std::move(facts);
      stream["records"] = ordered_json::array();
      stream["end"] = nullptr;
      streams.push_back(std::move(stream));
    } else if (kind == RecordKind::End) {
      streams.back()["end"] = std::move(facts);
    } else {
      facts["tensors"] = facts_of_tensors(record->tensors());
      streams.back()["records"].push_back(std::move(facts));
    }
  }
  // Moved, here and below: the lists of an initializer are copies.
  result.facts["type"] = "latent-stream";
  result.facts["streams"] = std::move(streams);
  result.facts["cut_off"] = reader.cut_off();
  if (reader.cut_off()) {
    result.problems.push_back(
        cat(reader.name(), ": cut off after byte ", reader.offset(), ": no end record"));
  }
  return result;
}

ordered_json facts_of_delta(const LoraDelta& delta) {
  ordered_json layers = ordered_json::object();
  for (const LoraLayer& layer : delta.layers()) {
    append_member(
        layers, layer.module,
        {{"alpha", layer.alpha}, {"a", facts_of_tensor(layer.a)}, {"b", facts_of_tensor(layer.b)}});
  }
  ordered_json facts{{"type", "lora-delta"},        {"ours", delta.ours()},
                     {"base", delta.info().base},   {"rank", delta.info().rank},
                     {"alpha", delta.info().alpha}, {"targets", delta.info().targets}};
  facts["layers"] = std::move(layers);
  return facts;
}

Inspection inspect_safetensors(const std::string& path, bool verify) {
  Inspection result;
  SafetensorsFile file(path);
  const SafetensorsView& view = file.view();
  bool lora = view.metadata.contains("svg.rank");
  for (const TensorView& tensor : view.tensors) {
    auto key = parse_lora_key(tensor.name);
    lora = lora || (key && key->part != LoraKey::Part::Alpha);
  }
  if (lora) {
    LoraDelta delta = LoraDelta::of(std::move(file));
    if (verify) delta.check_finite();
    result.facts = facts_of_delta(delta);
    result.provenance = delta.info().provenance;
    return result;
  }
  if (verify) {
    for (const TensorView& tensor : view.tensors) check_finite(tensor, path);
  }
  result.facts["type"] = "safetensors";
  result.facts["metadata"] = view.metadata;
  result.facts["tensors"] = facts_of_tensors(view);
  return result;
}

Inspection inspect_memory(const std::string& path, bool verify) {
  Inspection result;
  Memory memory = Memory::open(path);
  const MemoryInfo& info = memory.info();
  ordered_json log = ordered_json::array();
  for (const Revision& r : memory.log()) {
    ordered_json line = to_json(r);
    for (const char* key : {"delta_sha256", "state_sha256"}) line.erase(key);
    line["kept"] = memory.has_files(r.id);
    log.push_back(std::move(line));
  }
  result.facts = {
      {"type", "memory"},         {"base", info.lora.base},       {"rank", info.lora.rank},
      {"alpha", info.lora.alpha}, {"targets", info.lora.targets}, {"optimizer", info.optimizer},
      {"keep", info.keep.text()}, {"head", memory.head()}};
  result.facts["log"] = std::move(log);
  result.provenance = info.lora.provenance;
  result.problems = memory.repairs();
  if (verify) {
    for (std::string& problem : memory.verify()) result.problems.push_back(std::move(problem));
  }
  return result;
}

// Streams name the VAE that they are for, memories the UNet: other programs that write some need
// these two.
bool is_named(const std::string& component) {
  return component == "unet" || component == "vae";
}

// The weights of a component: how many tensors and numbers, and the fingerprint where it is named,
// with `verify` always.
ordered_json facts_of_weights(const ModelDirectory& model, const std::string& component,
                              bool verify) {
  int64_t numbers = 0;
  const auto weights = model.weights(component);
  for (const auto& [name, tensor] : weights->tensors()) {
    numbers += static_cast<int64_t>(element_count(tensor));
    if (verify) check_finite(tensor, model.path() + "/" + component);
  }
  ordered_json facts{{"tensors", weights->tensors().size()}, {"numbers", numbers}};
  if (verify || is_named(component)) facts["fingerprint"] = model.fingerprint(component);
  return facts;
}

Inspection inspect_model(const std::string& path, bool verify) {
  Inspection result;
  ModelDirectory model(path);
  ordered_json components = ordered_json::object();
  for (const auto& [name, component] : model.components()) {
    ordered_json facts{{"library", component.library}, {"class", component.class_name}};
    if (name == "tokenizer") {
      model.component_path(name);
    } else {
      model.config(name);
      if (name != "scheduler") facts["weights"] = facts_of_weights(model, name, verify);
    }
    components[name] = facts;
  }
  result.facts = {{"type", "model-directory"},
                  {"class", json_get_or<std::string>(model.index(), "_class_name", "",
                                                     path + "/model_index.json")},
                  {"components", components}};
  result.facts["svg"] = model.defaults();
  std::string made = path + "/provenance.json";
  if (path_exists(made)) {
    result.provenance = parse_ordered_json(read_file(made, kMaxProvenanceBytes), made);
  }
  return result;
}

Inspection inspect_manifest(const std::string& path, bool verify) {
  Inspection result;
  Manifest manifest = Manifest::read(path);
  std::map<std::string, int64_t> splits;
  int64_t frames = 0;
  for (const EpisodeRow& row : manifest.episodes) {
    ++splits[row.split()];
    frames += row.frames();
  }
  result.facts = {{"type", "manifest"},
                  {"episodes", manifest.episodes.size()},
                  {"frames", frames},
                  {"splits", splits},
                  {"chunks", manifest.chunks.size()},
                  {"tasks", manifest.tasks.size()}};
  if (verify) check_files(manifest, true);
  return result;
}

Inspection inspect_store(const std::string& path, bool verify) {
  Inspection result;
  const LoopStore store = LoopStore::open(path);
  result.facts = to_json(store.info());
  result.provenance = result.facts["provenance"];
  result.facts.erase("provenance");
  result.facts.erase("format");
  ordered_json episodes = ordered_json::array();
  for (const auto& e : store.episodes()) episodes.push_back(to_json(e));
  ordered_json facts{{"type", "loop-store"}, {"pairs", store.pairs()}};
  facts.update(result.facts);
  facts["episodes"] = std::move(episodes);
  result.facts = std::move(facts);
  if (verify) result.problems = store.verify();
  return result;
}

// A file, a pipe or a device, opened once: opened again, a pipe has lost what was read, and a FIFO
// waits for another writer. Only a regular file can be mapped, so only there is anything else than
// a stream looked for.
Inspection inspect_file(const std::string& path, bool verify) {
  const int fd = open_file(path, O_RDONLY);
  require_system(fd >= 0, ErrorKind::NoInput, "cannot open ", path);
  StreamReader stream(fd, path, true);
  struct stat info {};
  require_system(::fstat(fd, &info) == 0, ErrorKind::Io, "cannot read ", path);
  char head[4] = {};
  const ssize_t got = S_ISREG(info.st_mode) ? ::pread(fd, head, sizeof head, 0) : 0;
  require_system(got >= 0, ErrorKind::Io, "cannot read ", path);
  // Less than a magic: an empty or cut-off stream says so itself, anything else is too short to be
  // ours.
  if (got < 4 || std::string(head, 4) == std::string("\x5E\x2A\x4D\x18", 4))
    return inspect_stream(std::move(stream));
  return inspect_safetensors(path, verify);
}

}  // namespace

Inspection inspect(const std::string& path, bool verify) {
  if (path == "-") return inspect_stream(StreamReader::open(path));
  require(path_exists(path), ErrorKind::NoInput, "cannot open ", path, ": no such file",
          dangling_note(path));
  if (!is_folder(path)) return inspect_file(path, verify);
  if (path_exists(path + "/memory.json")) return inspect_memory(path, verify);
  if (path_exists(path + "/model_index.json")) return inspect_model(path, verify);
  if (path_exists(path + "/episodes.jsonl")) return inspect_manifest(path, verify);
  if (is_loop_store(path)) return inspect_store(path, verify);
  fail(ErrorKind::Data, path,
       ": no memory.json, model_index.json, episodes.jsonl or store.json: not a memory, model "
       "directory, manifest or store");
}

}  // namespace svg::formats
