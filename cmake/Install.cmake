# `cmake --install`: library, headers, programs, and what find_package(tikv) and pkg-config need.
option(TIKV_INSTALL "Make install rules" ${PROJECT_IS_TOP_LEVEL})
if(NOT TIKV_INSTALL)
  return()
endif()
include(CMakePackageConfigHelpers)

install(TARGETS tikv EXPORT tikv-targets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
  RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
if(TARGET tikv_testing_shared)
  install(TARGETS tikv_testing_shared EXPORT tikv-targets
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
    RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/tikv DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
foreach(program tikv-sandbox tikv-cli)
  if(TARGET ${program})
    install(TARGETS ${program} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  endif()
endforeach()

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/tikv)
install(EXPORT tikv-targets NAMESPACE tikv:: DESTINATION ${package_folder})
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/tikv-config.cmake.in ${PROJECT_BINARY_DIR}/tikv-config.cmake
  INSTALL_DESTINATION ${package_folder} NO_SET_AND_CHECK_MACRO)
# Before 1.0 a new minor version may change the interface.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/tikv-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/tikv-config.cmake ${PROJECT_BINARY_DIR}/tikv-config-version.cmake
  DESTINATION ${package_folder})

# The way from the .pc file to the prefix, so that an installed tree can be moved.
file(RELATIVE_PATH TIKV_PC_TO_PREFIX /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
configure_file(${PROJECT_SOURCE_DIR}/cmake/tikv.pc.in ${PROJECT_BINARY_DIR}/tikv.pc @ONLY)
set(pc_files ${PROJECT_BINARY_DIR}/tikv.pc)
if(TARGET tikv_testing_shared)
  configure_file(${PROJECT_SOURCE_DIR}/cmake/tikv-testing.pc.in ${PROJECT_BINARY_DIR}/tikv-testing.pc @ONLY)
  list(APPEND pc_files ${PROJECT_BINARY_DIR}/tikv-testing.pc)
endif()
install(FILES ${pc_files} DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
