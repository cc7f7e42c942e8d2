# With -DSVG_BUNDLE=DIR, the folder of `cmake/bootstrap.sh --bundle DIR`: headers and libraries come from there, and the executables find
# them there at run time. Nothing of the system but the compiler, CMake, CUDA and PyTorch is needed.
set(SVG_BUNDLE "" CACHE PATH "Folder made by cmake/bootstrap.sh --bundle, used instead of the system's packages")
if(NOT SVG_BUNDLE)
  return()
endif()
get_filename_component(SVG_BUNDLE "${SVG_BUNDLE}" ABSOLUTE BASE_DIR "${CMAKE_BINARY_DIR}")
if(NOT EXISTS ${SVG_BUNDLE}/bundle.txt)
  message(FATAL_ERROR "SVG_BUNDLE=${SVG_BUNDLE} is no bundle: make one with cmake/bootstrap.sh --bundle DIR")
endif()
file(GLOB SVG_BUNDLE_LIB LIST_DIRECTORIES true ${SVG_BUNDLE}/usr/lib/*-linux-gnu)
get_filename_component(CMAKE_LIBRARY_ARCHITECTURE ${SVG_BUNDLE_LIB} NAME)  # only Debian's compilers name it
list(PREPEND CMAKE_PREFIX_PATH ${SVG_BUNDLE}/usr)
set(PKG_CONFIG_EXECUTABLE ${SVG_BUNDLE}/bin/pkg-config)
set(OPENSSL_INCLUDE_DIR ${SVG_BUNDLE}/usr/include)
set(OPENSSL_CRYPTO_LIBRARY ${SVG_BUNDLE_LIB}/libcrypto.so)
# SVG_BUNDLE_LIB is an RPATH of all targets (SvgTargets.cmake).
