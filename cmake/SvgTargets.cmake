# What every target of the project has in common: include root, warnings, sanitizers, RPATH.

find_program(SVG_CCACHE ccache)
if(SVG_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${SVG_CCACHE})
  set(CMAKE_CUDA_COMPILER_LAUNCHER ${SVG_CCACHE})
endif()
find_program(SVG_MOLD mold)
if(SVG_MOLD)
  add_link_options(-fuse-ld=mold)
endif()
# Source paths inside the binaries are relative, so that equal sources give equal objects in any folder.
add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-ffile-prefix-map=${CMAKE_SOURCE_DIR}/=>)

function(svg_configure target)
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/generated)
  target_compile_options(${target} PRIVATE
    $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wshadow -Wnon-virtual-dtor -Wconversion -Wold-style-cast -ffp-contract=off>)
  if(SVG_WERROR)
    target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-Werror>)
  endif()
  foreach(sanitizer IN LISTS SVG_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${sanitizer} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(${target} PRIVATE -fsanitize=${sanitizer})
  endforeach()
  target_link_options(${target} PRIVATE -Wl,--disable-new-dtags)
  set_target_properties(${target} PROPERTIES BUILD_RPATH "\$ORIGIN/../lib;\$ORIGIN;${SVG_BUNDLE_LIB}"
                        INSTALL_RPATH "\$ORIGIN/../lib;\$ORIGIN;${SVG_BUNDLE_LIB}")
endfunction()

# svg_add_tool(svg-x): an executable from tools/svg-x.cpp over tools/common; it loads the torch library itself, at run time.
function(svg_add_tool name)
  add_executable(${name} ${name}.cpp)
  svg_configure(${name})
  target_link_libraries(${name} PRIVATE svg_tool_common ${ARGN})
  set_property(GLOBAL APPEND PROPERTY SVG_TOOLS ${name})  # installed by SvgInstall.cmake
endfunction()

# svg_use_torch_headers(target): torch's headers for sources outside svg_torch (tests, benchmarks), with the library's
# precompiled header: 5 s a file where the plain headers take 16.
function(svg_use_torch_headers target)
  target_link_libraries(${target} PRIVATE torchw::cpu)
  target_compile_options(${target} PRIVATE -fPIC -fpch-preprocess)
  target_precompile_headers(${target} REUSE_FROM svg_torch)
endfunction()

# svg_add_unit_test(file LIBS...): <file>_test.cpp of this folder as one Catch2 executable and one ctest entry folder/file.
# Golden files and vectors are found through SVG_SOURCE_DIR.
function(svg_add_unit_test file)
  get_filename_component(folder ${CMAKE_CURRENT_SOURCE_DIR} NAME)
  set(target test_${folder}_${file})
  add_executable(${target} ${file}_test.cpp)
  svg_configure(${target})
  target_compile_definitions(${target} PRIVATE SVG_SOURCE_DIR="${CMAKE_SOURCE_DIR}" SVG_BINARY_DIR="${CMAKE_BINARY_DIR}")
  target_link_libraries(${target} PRIVATE svg_test_main ${ARGN})
  if("svg_torch" IN_LIST ARGN)
    svg_use_torch_headers(${target})
  endif()
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/test)
  add_test(NAME ${folder}/${file} COMMAND ${target})
  set_tests_properties(${folder}/${file} PROPERTIES LABELS unit TIMEOUT 300
                       ENVIRONMENT "OMP_WAIT_POLICY=passive;OMP_NUM_THREADS=1")
endfunction()
