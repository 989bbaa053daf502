# cmake -DBUILD=… -DPREFIX=… -P install_sdk.cmake: installs the SDK of a build folder, quietly.
execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --component sdk --prefix ${PREFIX}
                RESULT_VARIABLE failed OUTPUT_VARIABLE said ERROR_VARIABLE said)
if(failed)
  message("${said}")
  message(FATAL_ERROR "the SDK of ${BUILD} could not be installed")
endif()
file(TOUCH ${PREFIX}.stamp)
