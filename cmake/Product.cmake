# The libraries that users link: one shared library each, or with BUILD_SHARED_LIBS=OFF an archive, whose
# users link what is inside it, too.
if(DEFINED BUILD_SHARED_LIBS AND NOT BUILD_SHARED_LIBS)
  set(TIKV_STATIC ON)
else()
  set(TIKV_STATIC OFF)
endif()

# For a test of this file and of Install.cmake: a build tree whose objects are taken, so that nothing is
# compiled again.
set(TIKV_OBJECTS_OF "" CACHE PATH "Take the objects of this build tree (for tests of the packaging)")
mark_as_advanced(TIKV_OBJECTS_OF)

# Sets `objects` to those of a library of ours.
macro(tikv_objects_of library)
  if(TIKV_OBJECTS_OF)
    get_target_property(folder ${library} BINARY_DIR)
    file(RELATIVE_PATH folder ${PROJECT_BINARY_DIR} ${folder})
    file(GLOB_RECURSE objects ${TIKV_OBJECTS_OF}/${folder}/CMakeFiles/${library}.dir/*.o)
    set_source_files_properties(${objects} PROPERTIES EXTERNAL_OBJECT ON)
    set_target_properties(${library} PROPERTIES EXCLUDE_FROM_ALL ON)
  else()
    set(objects $<TARGET_OBJECTS:${library}>)
  endif()
endmacro()

# tikv_add_product(NAME MAP LIBRARY...): puts the objects of libraries of ours together. MAP names the
# symbols that a shared library exports.
function(tikv_add_product name map)
  if(TIKV_STATIC)
    add_library(${name} STATIC)
  else()
    add_library(${name} SHARED)
    target_link_options(${name} PRIVATE -Wl,-z,nodelete)  # docs/adr/0012: a thread in the system's resolver may stay
    if(TIKV_SANITIZE)  # clang leaves the sanitizer's symbols to the executable
      target_link_options(${name} PRIVATE -Wl,--version-script=${map} ${TIKV_SANITIZE_FLAGS})
    else()
      target_link_options(${name} PRIVATE -Wl,--version-script=${map} -Wl,--no-undefined -Wl,--exclude-libs,ALL)
    endif()
  endif()
  foreach(library IN ITEMS ${ARGN} tikv_wire)
    tikv_objects_of(${library})
    target_sources(${name} PRIVATE ${objects})
  endforeach()
  target_include_directories(${name} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_compile_features(${name} PUBLIC cxx_std_20)
  target_link_libraries(${name} PRIVATE $<BUILD_INTERFACE:tikv_compile_options>
    PkgConfig::NGHTTP2 OpenSSL::SSL OpenSSL::Crypto Threads::Threads)
  # Before 1.0 a new minor version may change the interface: programs of an older one must not find it.
  set_target_properties(${name} PROPERTIES
    LINK_DEPENDS ${map} LINKER_LANGUAGE CXX
    ARCHIVE_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib  # an archive of ours has the name of a product
    VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
endfunction()
