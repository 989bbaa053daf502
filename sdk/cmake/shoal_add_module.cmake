# shoal_add_module(NAME SOURCES file… LINKS target…)
#
# Builds NAME.so, a module a host can load, replace and unmap. Beside it stands the target NAME_linked: the
# same objects for a test program, which drives them through shoal::testkit without loading anything.
#
#   NAME.so goes to CMAKE_LIBRARY_OUTPUT_DIRECTORY, or to CMAKE_BINARY_DIR where that is not set.
#   LINKS: shoal::sdk is always linked; name shoal::json, shoal::msgpack and libraries of your own.
#
# The flags belong together; without one of them a module either never unmaps or meets another one's symbols:
#   hidden visibility and the version script   only shoal_module_entry is exported
#   -fno-gnu-unique (g++; clang has no such symbols)   no STB_GNU_UNIQUE symbol, which pins a library for ever
#   -z defs   an undefined symbol is an error of the build, not of the host that loads the module
#   no RUNPATH unless the author sets INSTALL_RPATH: a module is copied by the host before it is loaded
function(shoal_add_module name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "" "SOURCES;LINKS")
  if(NOT ARG_SOURCES OR ARG_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "shoal_add_module(NAME SOURCES file… LINKS target…): "
                        "no SOURCES, or unknown words: ${ARG_UNPARSED_ARGUMENTS}")
  endif()

  set(exports_map ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/module_exports.map)
  add_library(${name}_linked OBJECT ${ARG_SOURCES})
  target_link_libraries(${name}_linked PUBLIC shoal::sdk ${ARG_LINKS})
  target_compile_options(${name}_linked PRIVATE $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fno-gnu-unique>)
  set_target_properties(${name}_linked PROPERTIES
    POSITION_INDEPENDENT_CODE ON
    C_VISIBILITY_PRESET hidden
    CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON)

  if(NOT CMAKE_LIBRARY_OUTPUT_DIRECTORY)
    set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
  endif()
  add_library(${name} MODULE $<TARGET_OBJECTS:${name}_linked>)
  target_link_libraries(${name} PRIVATE shoal::sdk ${ARG_LINKS})
  set_target_properties(${name} PROPERTIES
    PREFIX ""
    SUFFIX ".so"
    LINKER_LANGUAGE CXX
    LIBRARY_OUTPUT_DIRECTORY ${CMAKE_LIBRARY_OUTPUT_DIRECTORY}
    BUILD_WITH_INSTALL_RPATH ON
    LINK_DEPENDS ${exports_map})
  target_link_options(${name} PRIVATE -Wl,--version-script=${exports_map})

  # clang leaves a sanitizer's symbols undefined in a shared library: the program brings them.
  get_target_property(options ${name}_linked COMPILE_OPTIONS)
  string(TOUPPER "${CMAKE_BUILD_TYPE}" build_type)
  set(flags "${options} ${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${build_type}}")
  if(NOT (CMAKE_CXX_COMPILER_ID MATCHES "Clang" AND flags MATCHES "-fsanitize="))
    target_link_options(${name} PRIVATE -Wl,-z,defs)
  endif()
endfunction()
