# What `cmake --install` and `cpack` put where. A tool looks for its libraries in ../lib, seen from its own folder, so that a prefix may be
# moved. LibTorch is not installed with them (it has 1 GiB): its place is recorded in libsvg_torch.so, and where it has moved,
# LD_LIBRARY_PATH says so. No headers: the libraries serve these tools alone.
get_property(_tools GLOBAL PROPERTY SVG_TOOLS)
install(TARGETS ${_tools} RUNTIME DESTINATION bin)
foreach(library svg_core svg_video svg_torch svg_cuda)
  if(TARGET ${library})
    install(TARGETS ${library} LIBRARY DESTINATION lib)
  endif()
endforeach()

file(GLOB _pages CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/formats/*.md)
install(FILES ${_pages} DESTINATION share/doc/svg/formats)
install(FILES README.md CHANGELOG.md DESTINATION share/doc/svg)
install(DIRECTORY formats/schemas DESTINATION share/svg FILES_MATCHING PATTERN "*.json")
# Without what makes and measures it in a source tree.
install(DIRECTORY examples/models/maze-tiny examples/models/maze-view examples/models/maze-retrace examples/models/table-cubes DESTINATION share/svg/models PATTERN "*.sh" EXCLUDE PATTERN config EXCLUDE PATTERN revisit.json EXCLUDE)

# Man pages and completion say what --help says, so they are made from it.
find_program(SVG_PYTHON3 python3)
if(SVG_PYTHON3)
  set(_out ${CMAKE_BINARY_DIR}/manuals)
  foreach(tool IN LISTS _tools)
    set(_files ${_out}/man1/${tool}.1 ${_out}/bash/${tool} ${_out}/zsh/_${tool})
    add_custom_command(OUTPUT ${_files}
      COMMAND ${SVG_PYTHON3} ${CMAKE_SOURCE_DIR}/cmake/manuals.py $<TARGET_FILE:${tool}> ${PROJECT_VERSION} ${_out}
      DEPENDS ${tool} ${CMAKE_SOURCE_DIR}/cmake/manuals.py COMMENT "Man page and completion of ${tool}" VERBATIM)
    list(APPEND _all ${_files})
  endforeach()
  add_custom_target(manuals ALL DEPENDS ${_all})
  install(DIRECTORY ${_out}/man1 DESTINATION share/man)
  install(DIRECTORY ${_out}/bash/ DESTINATION share/bash-completion/completions)
  install(DIRECTORY ${_out}/zsh/ DESTINATION share/zsh/site-functions)
else()
  message(STATUS "No python3: without man pages and completion")
endif()

# cpack -G TGZ or DEB, in the build folder.
set(CPACK_GENERATOR TGZ DEB)
set(CPACK_PACKAGE_NAME svg)
set(CPACK_PACKAGE_VENDOR svg)
set(CPACK_PACKAGE_CONTACT "The svg project")
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_BINARY_DIR}/packages)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION video)
# Debian's libraries, found by dpkg-shlibdeps; LibTorch is no package of Debian's.
find_program(SVG_SHLIBDEPS dpkg-shlibdeps)
if(SVG_SHLIBDEPS)
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${CMAKE_LIBRARY_OUTPUT_DIRECTORY})
  get_directory_property(_torch DIRECTORY ${CMAKE_SOURCE_DIR}/libcore DEFINITION TORCH_DIR)
  if(_torch)
    list(APPEND CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${_torch}/lib)
  endif()
endif()
include(CPack)
