# Goal: shoal/shoal.hpp and the testkit include nothing but the SDK, the standard library and the system.
# Method: the compiler lists every file they include; none may be of another library.
set(source ${CMAKE_CURRENT_BINARY_DIR}/core_headers_stand_alone.cpp)
file(WRITE ${source} "#include \"shoal/shoal.hpp\"\n#include \"shoal/testkit.hpp\"\n")
execute_process(COMMAND ${COMPILER} -std=c++20 -M -I ${SDK}/include -I ${SDK}/testkit ${source}
                OUTPUT_VARIABLE files RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "the core headers do not compile")
endif()
if(NOT files MATCHES "shoal/testkit/kit.hpp")
  message(FATAL_ERROR "the compiler listed no files")
endif()
if(files MATCHES "([^ ]*(nlohmann|msgpack|boost|rdkafka|spdlog)[^ ]*)")
  message(FATAL_ERROR "the core headers include ${CMAKE_MATCH_1}")
endif()
