# cmake -DSOURCE=… -DBUILD=… -DSDK=… -DOUTPUT=… -DVARIANT=… -DCOMPILER=… -DFLAGS=… -DLAUNCHER=… -P build.cmake
# Configures and builds the probe for one compiler; prints what the tools said only where they failed.
function(run)
  execute_process(COMMAND ${ARGV} RESULT_VARIABLE failed OUTPUT_VARIABLE said ERROR_VARIABLE said)
  if(failed)
    message("${said}")
    message(FATAL_ERROR "failed: ${ARGV}")
  endif()
endfunction()

run(${CMAKE_COMMAND} -S ${SOURCE} -B ${BUILD} -G Ninja
    -DCMAKE_BUILD_TYPE=Debug "-DCMAKE_CXX_FLAGS_DEBUG=-O1 -g1"
    -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_CXX_FLAGS=${FLAGS} -DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER}
    -DCMAKE_PREFIX_PATH=${SDK} -DCMAKE_LIBRARY_OUTPUT_DIRECTORY=${OUTPUT} -DVARIANT=${VARIANT})
run(${CMAKE_COMMAND} --build ${BUILD})
