# All programs of a build tree are in its bin/, where the scripts expect them.
if(PROJECT_IS_TOP_LEVEL AND NOT CMAKE_RUNTIME_OUTPUT_DIRECTORY)
  set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
endif()

# The sandbox links gRPC C++, which the distribution builds without sanitizers. Trees with sanitizers
# take the program of another tree; nothing of gRPC C++ is then compiled or linked in this one.
set(TIKV_SANDBOX_BINARY "" CACHE FILEPATH "A tikv-sandbox built elsewhere; empty: built here")
if(TIKV_SANDBOX_BINARY)
  set(TIKV_BUILD_SANDBOX OFF)
  set(TIKV_SANDBOX_PROGRAM ${TIKV_SANDBOX_BINARY})
else()
  set(TIKV_BUILD_SANDBOX ON)
  set(TIKV_SANDBOX_PROGRAM ${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/tikv-sandbox)
endif()

# The Go programs among the tests are built with this; without it they are skipped.
set(TIKV_GO "" CACHE FILEPATH "The go program, as scripts/find-go prints it")
if(NOT TIKV_GO)
  find_program(TIKV_GO_FOUND go)
  if(TIKV_GO_FOUND)
    set(TIKV_GO ${TIKV_GO_FOUND})
  endif()
endif()
