# Finds msgpack-c's C++ library under every name it has had, as shoal::msgpack_library: package and target are
# `msgpack-cxx` from version 6 on, `msgpack` and `msgpackc-cxx` before. Boost is not needed: the library is
# told so.
if(NOT TARGET shoal::msgpack_library)
  find_package(msgpack-cxx CONFIG QUIET)
  if(NOT TARGET msgpack-cxx)
    find_package(msgpack CONFIG QUIET)
  endif()
  foreach(candidate msgpack-cxx msgpackc-cxx)
    if(TARGET ${candidate} AND NOT TARGET shoal::msgpack_library)
      add_library(shoal::msgpack_library INTERFACE IMPORTED)
      target_link_libraries(shoal::msgpack_library INTERFACE ${candidate})
      target_compile_definitions(shoal::msgpack_library INTERFACE MSGPACK_NO_BOOST)
    endif()
  endforeach()
endif()
