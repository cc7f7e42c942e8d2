#include "tools/common/torch_library.h"

#include <dlfcn.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "formats/base/error.h"
#include "formats/base/log.h"

namespace svg::tools {
namespace {

bool g_loaded = false;

// The folder lib/ beside the bin/ of this executable, in the build tree and where it is installed.
std::filesystem::path library_folder() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path() / "lib";
}

std::string last_loader_error() {
  const char* text = dlerror();
  return text ? std::string(text) : "unknown loader error";
}

// GPUs that the driver shows, without loading torch; 0 without a driver.
int driver_gpu_count() {
  void* driver = dlopen("libcuda.so.1", RTLD_NOW);
  if (!driver) return 0;
  auto init = reinterpret_cast<int (*)(unsigned)>(dlsym(driver, "cuInit"));
  auto count = reinterpret_cast<int (*)(int*)>(dlsym(driver, "cuDeviceGetCount"));
  int gpus = 0;
  return init && count && init(0) == 0 && count(&gpus) == 0 ? gpus : 0;
}

void* load(const std::filesystem::path& library, const char* advice) {
  require(std::filesystem::exists(library), ErrorKind::Unavailable, library.string(),
          " is not there: ", advice);
  void* handle = dlopen(library.c_str(), RTLD_NOW | RTLD_GLOBAL);
  require(handle, ErrorKind::Unavailable, "cannot load ", library.string(), ": ", last_loader_error());
  return handle;
}

void* load_torch_library(const Context& context) {
  // Spinning OpenMP threads slow every small operation down tenfold as soon as another program wants the
  // cores.
  setenv("OMP_WAIT_POLICY", "passive", 0);
  setenv("OMP_NUM_THREADS", std::to_string(context.threads).c_str(), 1);
  setenv("PYTORCH_ALLOC_CONF", "expandable_segments:True", 0);
  setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", 0);
  setenv("CUDA_MODULE_LOADING", "LAZY", 0);
  if (context.device != "cpu")
    load(library_folder() / "libsvg_cuda.so", "build where nvcc is, or use --device cpu");
  void* handle = load(library_folder() / "libsvg_torch.so", "build with -DSVG_TORCH=ON");
  g_loaded = true;
  return handle;
}

}  // namespace

std::string resolve_device(const std::string& wanted) {
  if (wanted == "cpu") return wanted;
  const bool plugin = std::filesystem::exists(library_folder() / "libsvg_cuda.so");
  const int gpus = plugin ? driver_gpu_count() : 0;
  if (wanted == "auto") return gpus > 0 ? "cuda:0" : "cpu";
  require(plugin, ErrorKind::Unavailable, "--device ", wanted,
          ": this build has no CUDA plugin (lib/libsvg_cuda.so); build where nvcc is, or use --device cpu");
  const int index = wanted == "cuda" ? 0 : std::stoi(wanted.substr(5));
  require(index < gpus, ErrorKind::Unavailable, "--device ", wanted, ": the driver shows ", gpus,
          " GPUs; use --device cpu, or check nvidia-smi and CUDA_VISIBLE_DEVICES");
  return "cuda:" + std::to_string(index);
}

void* torch_symbol(const char* symbol, const Context& context) {
  static void* const library = load_torch_library(context);
  void* address = dlsym(library, symbol);
  require(address, ErrorKind::Internal, "libsvg_torch.so has no ", symbol,
          ": the executable and the library are of different builds");
  return address;
}

bool torch_loaded() {
  return g_loaded;
}

}  // namespace svg::tools
