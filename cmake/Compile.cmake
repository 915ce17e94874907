# Options for our own code, not for generated code and not for those who use the library.
add_library(tikv_compile_options INTERFACE)
target_compile_options(tikv_compile_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Woverloaded-virtual
  -Wcast-qual -Wold-style-cast -Wimplicit-fallthrough -Wextra-semi -fvisibility-inlines-hidden)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # g++ 12 sees overlapping copies in `"text" + string` where there are none (GCC bug 105329).
  target_compile_options(tikv_compile_options INTERFACE -Wno-restrict)
endif()
if(TIKV_WARNINGS_AS_ERRORS)
  target_compile_options(tikv_compile_options INTERFACE -Werror)
endif()
target_include_directories(tikv_compile_options INTERFACE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)

if(TIKV_BUILD_TESTS)
  # An empty optional that is read, an index past the end: the library's own assertions say so.
  target_compile_definitions(tikv_compile_options INTERFACE $<$<CONFIG:Debug>:_GLIBCXX_ASSERTIONS>)
endif()

if(TIKV_SANITIZE)
  list(JOIN TIKV_SANITIZE "," sanitize)
  set(TIKV_SANITIZE_FLAGS -fsanitize=${sanitize} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_compile_options(tikv_compile_options INTERFACE ${TIKV_SANITIZE_FLAGS})
  target_link_options(tikv_compile_options INTERFACE ${TIKV_SANITIZE_FLAGS})
endif()
if(TIKV_BUILD_FUZZERS)  # clang; the fuzzers follow which code their inputs reach
  target_compile_options(tikv_compile_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# Precompiled headers: with the tests everything is compiled three times over (plainly and under two
# groups of sanitizers). A build without tests has none, so that a missing #include is seen there.
set(TIKV_COMMON_HEADERS <algorithm> <chrono> <coroutine> <cstdint> <functional> <map> <memory> <optional> <string>
  <string_view> <utility> <variant> <vector>)
set(TIKV_WIRE_HEADERS <wire/errorpb.h> <wire/keyspacepb.h> <wire/kvrpcpb.h> <wire/metapb.h> <wire/pdpb.h>)
function(tikv_precompile target)
  if(TIKV_BUILD_TESTS)
    target_precompile_headers(${target} PRIVATE ${TIKV_COMMON_HEADERS} ${ARGN})
  endif()
endfunction()

# One directory of src/ is one object library, so that the shared library, the archive for the tests
# and nothing else decide how they are put together.
function(tikv_add_layer name)
  add_library(tikv_${name} OBJECT ${ARGN})
  target_link_libraries(tikv_${name} PRIVATE tikv_compile_options)
  if(NOT name MATCHES "^(core|rpc)$")  # these two know no TiKV messages
    target_link_libraries(tikv_${name} PRIVATE tikv_wire)
    tikv_precompile(tikv_${name} ${TIKV_WIRE_HEADERS})
  else()
    tikv_precompile(tikv_${name})
  endif()
  set_property(GLOBAL APPEND PROPERTY TIKV_LAYERS tikv_${name})
endfunction()
