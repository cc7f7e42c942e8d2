# LibTorch from a PyTorch 2.11 wheel: TORCH_DIR (the torch/ folder), else the folder that bootstrap.sh unpacked, else python3's torch.
# find_package(Torch) is not used: it wants a whole CUDA toolkit even for CPU work.
# Targets: torchw::cpu, torchw::cuda. Variables: TORCH_DIR, LibTorch_VERSION, LIBTORCH_CUDART.
set(TORCH_DIR "$ENV{TORCH_DIR}" CACHE PATH "torch/ folder of an installed PyTorch 2.11")
if(NOT TORCH_DIR)
  set(_cache "$ENV{SVG_CACHE}")
  if(NOT _cache)
    set(_cache "$ENV{HOME}/.cache/svg")
  endif()
  file(GLOB _unpacked LIST_DIRECTORIES true ${_cache}/libtorch-2.11*/torch)
  if(_unpacked)
    list(GET _unpacked 0 TORCH_DIR)
  else()
    # find_spec does not import torch: it only says where it is.
    execute_process(
      COMMAND python3 -c "import importlib.util as u; s = u.find_spec('torch'); print(s.submodule_search_locations[0] if s else '')"
      OUTPUT_VARIABLE TORCH_DIR OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  endif()
  set(TORCH_DIR "${TORCH_DIR}" CACHE PATH "torch/ folder of an installed PyTorch 2.11" FORCE)
endif()

if(EXISTS ${TORCH_DIR}/include/torch/headeronly/version.h)
  file(STRINGS ${TORCH_DIR}/include/torch/headeronly/version.h _v REGEX "define TORCH_VERSION_(MAJOR|MINOR|PATCH) ")
  string(REGEX REPLACE "[^0-9]+([0-9]+)[^0-9]+([0-9]+)[^0-9]+([0-9]+).*" "\\1.\\2.\\3" LibTorch_VERSION "${_v}")
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibTorch REQUIRED_VARS TORCH_DIR LibTorch_VERSION VERSION_VAR LibTorch_VERSION
  REASON_FAILURE_MESSAGE "run cmake/bootstrap.sh, or set TORCH_DIR to the torch/ folder of an installed PyTorch 2.11")

if(LibTorch_FOUND AND NOT TARGET torchw::cpu)
  add_library(torchw::cpu INTERFACE IMPORTED GLOBAL)
  target_include_directories(torchw::cpu SYSTEM INTERFACE ${TORCH_DIR}/include ${TORCH_DIR}/include/torch/csrc/api/include)
  target_link_libraries(torchw::cpu INTERFACE ${TORCH_DIR}/lib/libtorch_cpu.so ${TORCH_DIR}/lib/libc10.so)
  target_link_options(torchw::cpu INTERFACE -Wl,--disable-new-dtags -Wl,--allow-shlib-undefined -Wl,-rpath,${TORCH_DIR}/lib)
  # libtorch_cpu needs cudart and cupti even on a CPU: beside torch/ (pip packages), else from a toolkit.
  get_filename_component(_cu "${TORCH_DIR}/../nvidia/cu13/lib" ABSOLUTE)
  set(LIBTORCH_CUDART ${_cu}/libcudart.so.13)
  if(NOT EXISTS ${LIBTORCH_CUDART})
    find_path(LIBTORCH_CUDART_DIR libcudart.so.13 HINTS ENV CUDA_HOME /usr/local/cuda PATH_SUFFIXES lib64 lib)
    find_path(LIBTORCH_CUPTI_DIR libcupti.so.13 HINTS ${LIBTORCH_CUDART_DIR} ENV CUDA_HOME /usr/local/cuda PATH_SUFFIXES lib64 extras/CUPTI/lib64)
    if(NOT LIBTORCH_CUDART_DIR OR NOT LIBTORCH_CUPTI_DIR)
      message(FATAL_ERROR "LibTorch needs libcudart.so.13 and libcupti.so.13: run cmake/bootstrap.sh, or install a CUDA 13 toolkit and set CUDA_HOME")
    endif()
    set(LIBTORCH_CUDART ${LIBTORCH_CUDART_DIR}/libcudart.so.13)
    target_link_options(torchw::cpu INTERFACE -Wl,-rpath,${LIBTORCH_CUDART_DIR} -Wl,-rpath,${LIBTORCH_CUPTI_DIR})
  endif()
  add_library(torchw::cuda INTERFACE IMPORTED GLOBAL)
  target_link_libraries(torchw::cuda INTERFACE torchw::cpu
    -Wl,--no-as-needed ${TORCH_DIR}/lib/libtorch_cuda.so ${TORCH_DIR}/lib/libc10_cuda.so -Wl,--as-needed)
endif()
